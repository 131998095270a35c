// Admission decides, from a snapshot of a queue, whether a request may join it. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.h"

namespace credence::serving {

struct QueueState {
  std::size_t pictures = 0;             // that wait
  std::size_t pictures_max = 0;         // that may wait
  std::chrono::nanoseconds work{0};     // estimated, of those that wait
  int threads = 1;                      // that serve the queue
  int busy = 0;                         // of them
  std::chrono::nanoseconds running{0};  // estimated, of what runs on them
};

// How long an arrival would wait before it starts: not at all while a thread is free and nothing
// waits; else until its turn has come, with half of what runs still to do.
std::chrono::nanoseconds EstimateWait(const QueueState& queue);

struct Arrival {
  std::size_t pictures = 1;
  std::chrono::nanoseconds deadline{0};  // time it may take in all
};

enum class Refusal { kNone, kQueueFull, kDeadline };

// kQueueFull: it does not fit. kDeadline: it would not start within its deadline.
// An arrival that is larger than the queue may have an empty one.
Refusal Admit(const QueueState& queue, const Arrival& arrival);

// The refusal as the error that a caller sees (kResourceExhausted), with limit and value.
Error RefusalError(Refusal refusal, const QueueState& queue, const Arrival& arrival);

// "queue_full", "deadline": the label of credence_rejected_total.
std::string RefusalName(Refusal refusal);

}  // namespace credence::serving
