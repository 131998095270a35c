// Histogram counts durations in logarithmic buckets: constant memory, any quantile within 1.6 %.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace credence::bench {

// Durations in nanoseconds, 0 .. 2^40 (18 minutes); longer ones count as the longest.
// Thread-compatible.
class Histogram {
 public:
  void Record(std::int64_t ns) {
    const auto value = static_cast<std::uint64_t>(std::clamp<std::int64_t>(ns, 0, kLongest));
    counts_[BucketOf(value)] += 1;
    count_ += 1;
    sum_ += value;
    max_ = std::max(max_, value);
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }

  // The smallest bucket end that at least `share` (0..1) of the values do not exceed; 0 when empty.
  std::uint64_t Quantile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (seen >= wanted && seen > 0) {
        return std::min(EndOf(i), max_);
      }
    }
    return max_;
  }

 private:
  // Up to 63 ns a bucket each; from there on 64 equal buckets for each doubling.
  static constexpr int kSubBits = 6;
  static constexpr std::int64_t kLongest = (std::int64_t{1} << 40) - 1;
  static constexpr std::size_t kBuckets = std::size_t{40 - kSubBits + 1} << kSubBits;

  static std::size_t BucketOf(std::uint64_t value) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - 1 - kSubBits);
    return (static_cast<std::size_t>(shift) << kSubBits) + static_cast<std::size_t>(value >> shift);
  }
  static std::uint64_t EndOf(std::size_t bucket) {
    const std::size_t row = bucket >> kSubBits;
    const std::size_t shift = row <= 1 ? 0 : row - 1;
    return ((bucket - (shift << kSubBits) + 1) << shift) - 1;
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace credence::bench
