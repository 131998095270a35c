// File descriptors are a budget of the process: connections must leave some for all else.
#pragma once

namespace credence::http {

// Descriptors that connections leave free, for models, logs and admin connections; fewer when the
// process may hardly open any.
inline constexpr int kDescriptorsKept = 320;

// How many of `wanted` connections the process has descriptors for, at least 1. Raises its soft
// limit up to the hard one when that helps.
int RoomForConnections(int wanted);

// The rule of the above. Pure. `limit`: descriptors that may be open; `open`: those that are.
int ConnectionsWithin(int wanted, long limit, long open);

// A descriptor kept in reserve: when there is no other, it is given up for a moment, so that a
// connection can be accepted and answered or refused instead of waiting unseen.
// Confined to one thread.
class SpareDescriptor {
 public:
  SpareDescriptor() { Take(); }
  ~SpareDescriptor() { Give(); }
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  // Whether it is held now; tries to take it if not.
  bool Take();
  void Give();

 private:
  int fd_ = -1;
};

}  // namespace credence::http
