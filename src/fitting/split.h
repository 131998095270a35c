// SplitRows divides the calibration rows into A, which learns, and B, which certifies.
//
// Rows that belong together (one track, patient, writer) are never divided, and only one of each
// group certifies: what is promised holds for a random picture of a new group. Not stratified: B
// stays exchangeable with future inputs, which every guarantee rests on. Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace credence::fitting {

struct Split {
  std::vector<std::size_t> a;  // row numbers, ascending; without groups ⌊n/2⌋
  std::vector<std::size_t> b;  // the others, ascending
  // Of each row of a and of b its group, numbered from 0 by first appearance there.
  std::vector<std::size_t> group_a, group_b;
  std::size_t groups_a = 0, groups_b = 0;
  std::vector<std::size_t> certify;  // B*: places in b, one of each group, ascending
};

// `seed` is the user's. groups: one number a row, or empty: every row is a group of its own.
Split SplitRows(std::uint64_t seed, std::size_t n, std::span<const std::int32_t> groups = {});

// Group numbers by first appearance, from 0. Returns how many there are.
std::size_t NumberByAppearance(std::span<const std::int32_t> groups,
                               std::vector<std::size_t>& numbers);

}  // namespace credence::fitting
