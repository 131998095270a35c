#include "serving/admission.h"

namespace credence::serving {

std::chrono::nanoseconds EstimateWait(const QueueState& queue) {
  if (queue.pictures == 0 && queue.busy < queue.threads) return std::chrono::nanoseconds(0);
  return (queue.work + queue.running / 2) / queue.threads;
}

Refusal Admit(const QueueState& queue, const Arrival& arrival) {
  if (queue.pictures > 0 && queue.pictures + arrival.pictures > queue.pictures_max) {
    return Refusal::kQueueFull;
  }
  if (EstimateWait(queue) > arrival.deadline) return Refusal::kDeadline;
  return Refusal::kNone;
}

Error RefusalError(Refusal refusal, const QueueState& queue, const Arrival& arrival) {
  const auto milliseconds = [](std::chrono::nanoseconds t) {
    return std::to_string(t.count() / 1'000'000);
  };
  if (refusal == Refusal::kDeadline) {
    return {Code::kResourceExhausted, "overloaded: about " + milliseconds(EstimateWait(queue)) +
                                          " ms of work waits; the deadline is " +
                                          milliseconds(arrival.deadline) + " ms"};
  }
  return {Code::kResourceExhausted, "overloaded: " + std::to_string(queue.pictures) +
                                        " pictures wait; the limit is " +
                                        std::to_string(queue.pictures_max)};
}

std::string RefusalName(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      return "none";
    case Refusal::kQueueFull:
      return "queue_full";
    case Refusal::kDeadline:
      return "deadline";
  }
  return "";
}

}  // namespace credence::serving
