// HoldOut divides rows into two parts, class by class and reproducibly, by a seed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace credence::data {

struct HoldOutOptions {
  double share = 0.1;  // [0, 1]: of each class, rounded to whole rows
  std::uint64_t seed = 1;
  // One a row, or empty: rows of one group stay together, in the class of the group's first row.
  std::span<const std::int32_t> groups = {};
};

struct HoldOut {
  std::vector<std::int64_t> kept, held_out;  // rows of the data set, ascending; none twice
};

// labels: one a row, -1 for unlabelled (a class of their own). The same labels and options give the
// same parts on every machine. With groups, a class gives whole groups until its share is reached;
// one that has a single group keeps it: held out, it would leave nothing to learn the class from.
// REQUIRES: 0 <= share <= 1; a group a row, or none.
HoldOut HoldOutRows(std::span<const std::int32_t> labels, const HoldOutOptions& options);

}  // namespace credence::data
