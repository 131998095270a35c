// Admission decides, from a snapshot of a queue, whether a request may join it. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"

namespace credence::serving {

struct QueueState {
  std::size_t pictures = 0;          // that wait
  std::size_t pictures_max = 0;      // that may wait
  std::chrono::nanoseconds work{0};  // estimated, of those that wait
  int threads = 1;                   // that serve the queue
  // What is left to do, estimated, on each thread that is busy; at most `threads` of them.
  std::vector<std::chrono::nanoseconds> running = {};
};

// How long an arrival would wait before it starts: until the threads, each as it gets free, have
// taken all work that waits, and one of them is free.
std::chrono::nanoseconds EstimateWait(const QueueState& queue);

struct Arrival {
  std::size_t pictures = 1;
  std::chrono::nanoseconds deadline{0};  // time it may take in all
};

enum class Refusal { kNone, kQueueFull, kDeadline };

// kQueueFull: it does not fit. kDeadline: it would not start within its deadline, or with less than
// a tenth of it to spare: what is estimated is never exact, and whoever is refused at once is
// better off than who waits in vain. An arrival that is larger than the queue may have an empty
// one.
Refusal Admit(const QueueState& queue, const Arrival& arrival);

// The refusal as the error that a caller sees (kResourceExhausted), with limit and value.
Error RefusalError(Refusal refusal, const QueueState& queue, const Arrival& arrival);

// "queue_full", "deadline": the label of credence_rejected_total.
std::string RefusalName(Refusal refusal);

}  // namespace credence::serving
