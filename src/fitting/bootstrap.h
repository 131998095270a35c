// Bootstrap draws rows with replacement, whole groups where rows belong together, always the same
// draws for the same seed: figures that are compared are measured on the same ones.
// Threads: pure; immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fitting/card_row.h"
#include "reliability/report_card.h"

namespace credence::fitting {

inline constexpr std::size_t kReplicates = 500;

class Bootstrap {
 public:
  // seed: the user's. Foreign rows are drawn one by one.
  Bootstrap(std::uint64_t seed, std::span<const CardRow> rows, std::size_t foreign = 0);

  bool grouped() const { return grouped_; }  // some rows belong together
  // How often each row is drawn, then each foreign one. REQUIRES: replicate < kReplicates.
  std::span<const std::uint16_t> Times(std::size_t replicate) const {
    return std::span(times_).subspan(replicate * size_, size_);
  }

 private:
  std::size_t size_;
  bool grouped_ = false;
  std::vector<std::uint16_t> times_;  // [kReplicates, rows + foreign]
};

// Sets low and high to the 2.5 and 97.5 % quantiles of a figure's values in replicates, linearly
// interpolated; NaN among them are left out. Leaves the estimate without an interval when there are
// none, or it has no value.
void SetInterval(std::vector<double> values, reliability::Estimate& estimate);

}  // namespace credence::fitting
