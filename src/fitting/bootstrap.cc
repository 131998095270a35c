#include "fitting/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "fitting/split.h"
#include "fitting/streams.h"

namespace credence::fitting {
namespace {

// Rows without a group are one each.
std::vector<std::vector<std::size_t>> GroupRows(std::span<const CardRow> rows) {
  std::vector<std::int32_t> named;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto own = -1 - static_cast<std::int32_t>(i);
    named.push_back(rows[i].group >= 0 ? rows[i].group : own);
  }
  std::vector<std::size_t> number;
  std::vector<std::vector<std::size_t>> groups(NumberByAppearance(named, number));
  for (std::size_t i = 0; i < rows.size(); ++i) groups[number[i]].push_back(i);
  return groups;
}

double Quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= sorted.size()) return sorted.back();
  return std::lerp(sorted[below], sorted[below + 1], at - static_cast<double>(below));
}

}  // namespace

Bootstrap::Bootstrap(std::uint64_t seed, std::span<const CardRow> rows, std::size_t foreign)
    : size_(rows.size() + foreign), times_(kReplicates * size_) {
  const auto groups = GroupRows(rows);
  grouped_ = groups.size() < rows.size();
  const auto below = [](std::uint64_t stream, std::size_t i, std::size_t count) {
    return static_cast<std::size_t>(static_cast<double>(count) * UniformAt(stream, i));
  };
  for (std::size_t b = 0; b < kReplicates; ++b) {
    const std::uint64_t stream = SubSeed(StreamSeed(seed, Stream::kBootstrap), b);
    std::uint16_t* times = times_.data() + b * size_;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      for (const std::size_t row : groups[below(stream, i, groups.size())]) ++times[row];
    }
    for (std::size_t i = 0; i < foreign; ++i) {
      ++times[rows.size() + below(stream, groups.size() + i, foreign)];
    }
  }
}

void SetInterval(std::vector<double> values, reliability::Estimate& estimate) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  if (values.empty() || std::isnan(estimate.value)) return;
  std::sort(values.begin(), values.end());
  estimate.low = Quantile(values, 0.025);
  estimate.high = Quantile(values, 0.975);
}

}  // namespace credence::fitting
