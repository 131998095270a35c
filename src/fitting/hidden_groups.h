// Looks for rows that belong together although nobody has named their groups: frames of one video,
// pictures of one patient. If there are some, every guarantee is too optimistic.
//
// Two signs, both from the thumbnails minus their mean, by cosine distance, among rows of one
// label. Order: the nearest row is the neighbour in file order far more often than chance would
// have it. Distance: rows of B have one row of A that is far nearer than the tenth.
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "fitting/split.h"
#include "reliability/profile.h"

namespace credence::fitting {

// Rows of a label that are looked at, the first in order: the cost is their square.
inline constexpr std::size_t kSuspicionRowsMax = 2000;

struct SuspicionRows {
  std::span<const float> x;  // [n, size]
  std::size_t size = 0;
  std::span<const std::int32_t> labels;  // [n]
  // [n] row numbers by the natural order of their files' names, digits as numbers; empty: as they
  // are.
  std::span<const std::size_t> order = {};
  bool centred = false;  // the mean has been taken off already
};

struct Suspicion {
  // Shares of rows whose nearest is beside them in order: found, and by chance.
  double beside = std::numeric_limits<double>::quiet_NaN();
  double by_chance = std::numeric_limits<double>::quiet_NaN();
  std::size_t distance_rows = 0;  // of B with ten rows of their label in A
  reliability::GroupSuspicion verdict;
};
Suspicion SuspectGroups(const SuspicionRows& rows, const Split& split);

}  // namespace credence::fitting
