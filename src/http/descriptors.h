// File descriptors are a budget of the process: connections must leave some for all else.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "base/guarded.h"

namespace credence::http {

// Descriptors that connections leave free, for models, logs and admin connections; fewer when the
// process may hardly open any.
inline constexpr int kDescriptorsKept = 320;

// How many of `wanted` connections the process has descriptors for, at least 1. Raises its soft
// limit up to the hard one when that helps.
int RoomForConnections(int wanted);

// The rule of the above. Pure. `limit`: descriptors that may be open; `open`: those that are.
int ConnectionsWithin(int wanted, long limit, long open);

// Descriptors kept in reserve by all threads together. When there is no other, one is given up for
// a moment, so that a connection can be accepted and answered or refused instead of waiting unseen.
// Who finds that one is missing takes it back before keeping a connection that can be refused, so
// that no thread's connections use up what another has given.
// Thread-safe.
class SpareDescriptors {
 public:
  explicit SpareDescriptors(int count);
  ~SpareDescriptors();
  SpareDescriptors(const SpareDescriptors&) = delete;
  SpareDescriptors& operator=(const SpareDescriptors&) = delete;

  // Whether all are held; takes those that are missing if it can. Without a lock while none is.
  bool Whole();
  // Gives one up; false when none is held.
  bool Give();

 private:
  const std::size_t count_;
  std::atomic<bool> whole_{false};
  Guarded<std::vector<int>> held_;
};

}  // namespace credence::http
