// StopSign tells long work that it is not worth going on: its time is over, or whoever wanted it is
// gone. Threads: thread-safe.
#pragma once

#include <atomic>

#include "base/clock.h"
#include "base/result.h"

namespace credence {

struct StopSign {
  const Clock* clock = nullptr;
  SteadyTime deadline;
  const std::atomic<bool>* gone = nullptr;  // nullptr: nobody tells

  bool Gone() const { return gone != nullptr && gone->load(std::memory_order_relaxed); }
  bool Raised() const { return Gone() || clock->Now() > deadline; }
  // Why. REQUIRES: raised.
  Error Reason() const {
    if (Gone()) return {Code::kUnavailable, "the client has closed its connection"};
    return {Code::kDeadlineExceeded, "the request's deadline was over before its turn came"};
  }
};

}  // namespace credence
