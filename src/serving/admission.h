// Admission decides, from a snapshot of a queue, whether a request may join it. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.h"

namespace credence::serving {

struct QueueState {
  std::size_t pictures = 0;          // waiting
  std::size_t pictures_max = 0;      // may wait
  std::chrono::nanoseconds work{0};  // estimated, of those that wait
};

struct Arrival {
  std::size_t pictures = 1;
  std::chrono::nanoseconds deadline{0};  // time it may take in all
};

enum class Refusal { kNone, kQueueFull, kDeadline };

// kQueueFull: it does not fit. kDeadline: what waits already takes longer than it may.
Refusal Admit(const QueueState& queue, const Arrival& arrival);

// The refusal as the error that a caller sees (kResourceExhausted), with limit and value.
Error RefusalError(Refusal refusal, const QueueState& queue, const Arrival& arrival);

}  // namespace credence::serving
