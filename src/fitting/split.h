// SplitRows divides the calibration rows into A, which learns, and B, which certifies.
//
// Not stratified: B stays exchangeable with future inputs, which every guarantee rests on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace credence::fitting {

struct Split {
  std::vector<std::size_t> a;  // ⌊n/2⌋ row numbers, ascending
  std::vector<std::size_t> b;  // the others, ascending
};

// `seed` is the user's.
Split SplitRows(std::uint64_t seed, std::size_t n);

}  // namespace credence::fitting
