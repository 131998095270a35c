// DriftWatch holds the drift detector of one served version over the p-values of its live answers.
//
// Hot path: a lane writes its p-values into a ring of its own (one writer, no lock), then tries the
// lock of the detector. The lane that gets it drains its ring; one that does not leaves its values
// for its next batch, or for whoever reads the state. Nobody waits, unless a ring is full (kRing
// values behind). So the state holds every value once it is read, and an alarm is at most one batch
// late. Memory: constant, kRing values a lane.
//
// States: `ordinary`, until the statistic reaches its alarm; then `drifting`, until kQuiet
// predictions came without another alarm: ordinary traffic has at most one alarm in as many on
// average (reliability/drift.h). Thread-safe; each lane's Observe is one thread's at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "reliability/drift.h"
#include "serving/observer.h"

namespace credence::serving {

struct DriftState {
  WallTime from;                  // when counting began: at load, or at the last reset
  std::uint64_t predictions = 0;  // since then
  std::uint64_t alarms = 0;       // since then
  double log_evidence = 0;        // ln of the statistic; -inf before the first prediction
  std::optional<WallTime> since;  // when it began to drift; nullopt: ordinary
};

// New alarms, and the state after them.
struct DriftAlarm {
  std::uint64_t alarms = 0;
  bool began = false;  // it was ordinary before
  DriftState state;
};

class DriftWatch final : public Observer {
 public:
  static constexpr std::size_t kRing = 256;
  static constexpr std::uint64_t kQuiet = 100'000;

  // rows_b: size of the reference that the p-values were taken from, >= 1.
  // `tell` is called on the thread that noticed an alarm, without a lock; it may be empty.
  // REQUIRES: as reliability::Drift; lanes >= 1; `clock` outlives it.
  DriftWatch(std::span<const reliability::DriftLevel> levels, std::size_t rows_b, int lanes,
             const Clock& clock, std::function<void(const DriftAlarm&)> tell = {});

  // Takes the familiarity of each answer, then hands them to the detector.
  void Observe(int lane, std::span<const Observed> batch) override;

  // Takes a p-value; Hand, after the last of a batch, hands them to the detector.
  void Observe(int lane, float p);
  void Hand(int lane);

  DriftState State();
  void Reset();

 private:
  struct alignas(64) Ring {  // one producer, its lane; the consumer holds the detector's lock
    std::atomic<std::uint32_t> written{0};
    std::array<float, kRing> values{};
    alignas(64) std::atomic<std::uint32_t> taken{0};
  };
  struct Detector {
    reliability::Drift drift;
    DriftState state;
    std::uint64_t last_alarm = 0;  // predictions until then
  };

  // All are called with the lock held.
  void TakeIn(Detector& detector, Ring& ring, DriftAlarm& alarm);
  void TakeOne(Detector& detector, double p, DriftAlarm& alarm);
  Detector Fresh() const;

  void Tell(const DriftAlarm& alarm) const;

  const std::vector<reliability::DriftLevel> levels_;
  const float ranks_;  // rows_b + 1
  const Clock& clock_;
  std::vector<std::unique_ptr<Ring>> rings_;
  Guarded<Detector> detector_;
  const std::function<void(const DriftAlarm&)> tell_;
};

}  // namespace credence::serving
