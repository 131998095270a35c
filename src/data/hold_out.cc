#include "data/hold_out.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/random.h"

namespace credence::data {

namespace {

// Rows that stay together.
using Unit = std::vector<std::int64_t>;

// Each row a unit, or each group, by the class of its first row.
std::map<std::int32_t, std::vector<Unit>> Units(std::span<const std::int32_t> labels,
                                                std::span<const std::int32_t> groups) {
  std::map<std::int32_t, std::vector<Unit>> classes;
  std::map<std::int32_t, std::pair<std::int32_t, std::size_t>> places;  // of each group
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    if (groups.empty()) {
      classes[labels[i]].push_back({row});
      continue;
    }
    const auto [place, first] = places.try_emplace(groups[i], labels[i], classes[labels[i]].size());
    const auto [label, unit] = place->second;
    if (first) classes[label].emplace_back();
    classes[label][unit].push_back(row);
  }
  return classes;
}

}  // namespace

HoldOut HoldOutRows(std::span<const std::int32_t> labels, const HoldOutOptions& options) {
  CREDENCE_CHECK(options.share >= 0 && options.share <= 1);
  CREDENCE_CHECK(options.groups.empty() || options.groups.size() == labels.size());
  HoldOut result;
  for (auto& [label, units] : Units(labels, options.groups)) {
    Random random(options.seed, static_cast<std::uint64_t>(std::int64_t{label} + 1));
    for (std::size_t i = units.size(); i > 1; --i) std::swap(units[i - 1], units[random.Below(i)]);
    std::size_t rows = 0;
    for (const Unit& unit : units) rows += unit.size();
    const auto out = static_cast<std::size_t>(options.share * static_cast<double>(rows) + 0.5);
    const bool all_kept = !options.groups.empty() && units.size() == 1 && options.share < 1;
    std::size_t taken = 0;
    for (const Unit& unit : units) {
      std::vector<std::int64_t>& part = taken < out && !all_kept ? result.held_out : result.kept;
      part.insert(part.end(), unit.begin(), unit.end());
      taken += unit.size();
    }
  }
  std::sort(result.kept.begin(), result.kept.end());
  std::sort(result.held_out.begin(), result.held_out.end());
  return result;
}

}  // namespace credence::data
