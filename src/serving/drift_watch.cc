#include "serving/drift_watch.h"

#include <cmath>

namespace credence::serving {

DriftWatch::DriftWatch(std::span<const reliability::DriftLevel> levels, std::size_t rows_b,
                       int lanes, const Clock& clock, std::function<void(const DriftAlarm&)> tell)
    : levels_(levels.begin(), levels.end()),
      ranks_(static_cast<float>(rows_b + 1)),
      clock_(clock),
      detector_(Fresh()),
      tell_(std::move(tell)) {
  for (int i = 0; i < lanes; ++i) rings_.push_back(std::make_unique<Ring>());
}

DriftWatch::Detector DriftWatch::Fresh() const {
  Detector detector{.drift = reliability::Drift(levels_), .state = {}};
  detector.state.from = clock_.Wall();
  detector.state.log_evidence = detector.drift.log_statistic();
  return detector;
}

void DriftWatch::Observe(int lane, std::span<const Observed> batch) {
  for (const Observed& one : batch) {
    const auto& familiarity = one.answer->prediction.familiarity;
    if (!one.answer->error && familiarity) Observe(lane, *familiarity);
  }
  Hand(lane);
}

void DriftWatch::Observe(int lane, float p) {
  Ring& ring = *rings_[static_cast<std::size_t>(lane)];
  const std::uint32_t at = ring.written.load(std::memory_order_relaxed);
  if (at - ring.taken.load(std::memory_order_acquire) == kRing) {
    DriftAlarm alarm;
    {
      auto detector = detector_.lock();
      TakeIn(*detector, ring, alarm);
    }
    Tell(alarm);
  }
  ring.values[at % kRing] = p;
  ring.written.store(at + 1, std::memory_order_release);
}

void DriftWatch::Hand(int lane) {
  DriftAlarm alarm;
  {
    auto detector = detector_.TryLock();
    if (!detector) return;
    TakeIn(**detector, *rings_[static_cast<std::size_t>(lane)], alarm);
  }
  Tell(alarm);
}

DriftState DriftWatch::State() {
  DriftAlarm alarm;
  DriftState state;
  {
    auto detector = detector_.lock();
    for (const auto& ring : rings_) TakeIn(*detector, *ring, alarm);
    detector->state.log_evidence = detector->drift.log_statistic();
    state = detector->state;
  }
  Tell(alarm);
  return state;
}

void DriftWatch::Reset() {
  auto detector = detector_.lock();
  for (const auto& ring : rings_) {
    ring->taken.store(ring->written.load(std::memory_order_acquire), std::memory_order_release);
  }
  *detector = Fresh();
}

void DriftWatch::TakeIn(Detector& detector, Ring& ring, DriftAlarm& alarm) {
  std::uint32_t at = ring.taken.load(std::memory_order_relaxed);
  const std::uint32_t end = ring.written.load(std::memory_order_acquire);
  // A p-value is a rank of rows_b + 1: its float is brought back to it, so that it meets its level.
  for (; at != end; ++at) {
    const float rank = std::nearbyint(ring.values[at % kRing] * ranks_);
    TakeOne(detector, static_cast<double>(rank) / static_cast<double>(ranks_), alarm);
  }
  ring.taken.store(end, std::memory_order_release);
}

void DriftWatch::TakeOne(Detector& detector, double p, DriftAlarm& alarm) {
  DriftState& state = detector.state;
  ++state.predictions;
  if (!detector.drift.Observe(p)) {
    if (state.since && state.predictions - detector.last_alarm >= kQuiet) state.since.reset();
    return;
  }
  detector.last_alarm = state.predictions;
  ++state.alarms;
  if (!state.since) {
    state.since = clock_.Wall();
    alarm.began = true;
  }
  ++alarm.alarms;
  state.log_evidence = detector.drift.log_statistic();
  alarm.state = state;
}

void DriftWatch::Tell(const DriftAlarm& alarm) const {
  if (alarm.alarms > 0 && tell_) tell_(alarm);
}

}  // namespace credence::serving
