#include "serving/admission.h"

#include <algorithm>

namespace credence::serving {
namespace {

constexpr int kSpare = 10;  // of a deadline, this part is kept for what the estimate does not know

}  // namespace

std::chrono::nanoseconds EstimateWait(const QueueState& queue) {
  if (queue.running.empty()) return queue.work / queue.threads;
  std::vector<std::chrono::nanoseconds> free_in = queue.running;
  free_in.resize(static_cast<std::size_t>(queue.threads));  // idle ones: at once
  std::sort(free_in.begin(), free_in.end());
  // As if the work were a liquid: it fills the threads from the first that is free, up to a level.
  std::chrono::nanoseconds level = free_in[0], left = queue.work;
  for (std::size_t filling = 1; filling < free_in.size(); ++filling) {
    const auto room = (free_in[filling] - level) * static_cast<int>(filling);
    if (room >= left) return level + left / static_cast<int>(filling);
    left -= room;
    level = free_in[filling];
  }
  return level + left / queue.threads;
}

Refusal Admit(const QueueState& queue, const Arrival& arrival) {
  if (queue.pictures > 0 && queue.pictures + arrival.pictures > queue.pictures_max) {
    return Refusal::kQueueFull;
  }
  const std::chrono::nanoseconds wait = EstimateWait(queue);
  if (wait > arrival.deadline - arrival.deadline / kSpare) return Refusal::kDeadline;
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
