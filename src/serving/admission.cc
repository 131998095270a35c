#include "serving/admission.h"

namespace credence::serving {

Refusal Admit(const QueueState& queue, const Arrival& arrival) {
  if (queue.pictures + arrival.pictures > queue.pictures_max) return Refusal::kQueueFull;
  if (queue.work > arrival.deadline) return Refusal::kDeadline;
  return Refusal::kNone;
}

Error RefusalError(Refusal refusal, const QueueState& queue, const Arrival& arrival) {
  const auto milliseconds = [](std::chrono::nanoseconds t) {
    return std::to_string(t.count() / 1'000'000);
  };
  if (refusal == Refusal::kDeadline) {
    return {Code::kResourceExhausted, "overloaded: about " + milliseconds(queue.work) +
                                          " ms of work waits; the deadline is " +
                                          milliseconds(arrival.deadline) + " ms"};
  }
  return {Code::kResourceExhausted, "overloaded: " + std::to_string(queue.pictures) +
                                        " pictures wait; the limit is " +
                                        std::to_string(queue.pictures_max)};
}

}  // namespace credence::serving
