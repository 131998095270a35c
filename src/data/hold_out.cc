#include "data/hold_out.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/random.h"

namespace credence::data {

HoldOut HoldOutRows(std::span<const std::int32_t> labels, const HoldOutOptions& options) {
  CREDENCE_CHECK(options.share >= 0 && options.share <= 1);
  std::map<std::int32_t, std::vector<std::int64_t>> classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    classes[labels[i]].push_back(static_cast<std::int64_t>(i));
  }
  HoldOut result;
  for (auto& [label, rows] : classes) {
    Random random(options.seed, static_cast<std::uint64_t>(std::int64_t{label} + 1));
    for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random.Below(i)]);
    const auto out =
        static_cast<std::int64_t>(options.share * static_cast<double>(rows.size()) + 0.5);
    result.held_out.insert(result.held_out.end(), rows.begin(), rows.begin() + out);
    result.kept.insert(result.kept.end(), rows.begin() + out, rows.end());
  }
  std::sort(result.kept.begin(), result.kept.end());
  std::sort(result.held_out.begin(), result.held_out.end());
  return result;
}

}  // namespace credence::data
