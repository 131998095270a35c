// Version is a predictor that is served: with a runner for each lane, its measured cost, what is
// counted of it, and its observers.
//
// A request pins the version that answers it by one shared_ptr.
// Threads: thread-safe; runner(i) belongs to the thread that runs lane i.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "predictor/load.h"
#include "serving/cost.h"
#include "serving/drift_watch.h"
#include "serving/observer.h"
#include "serving/version_metrics.h"

namespace credence::serving {

// What is counted of a version besides its metrics. Thread-safe.
class Tally {
 public:
  void Asked(SteadyTime received) {
    last_.store(received.time_since_epoch().count(), std::memory_order_relaxed);
  }
  void Failed() { failed_.fetch_add(1, std::memory_order_relaxed); }

  // Requests that were answered by an error.
  std::uint64_t failed() const { return failed_.load(std::memory_order_relaxed); }
  // When the last request came, since 1970; 0: none did.
  std::int64_t LastMilliseconds(const Clock& clock) const;

 private:
  std::atomic<SteadyTime::rep> last_{0};
  std::atomic<std::uint64_t> failed_{0};
};

class Version {
 public:
  // `clock` and `log` outlive it.
  Version(predictor::Loaded loaded, metrics::Metrics& metrics, const Clock& clock, Log& log);

  const predictor::Predictor& predictor() const { return *loaded_.predictor; }
  // nullptr: the model is too heavy for this lane.
  predictor::Runner* runner(int lane) const {
    return loaded_.runners[static_cast<std::size_t>(lane)].get();
  }
  // Of one input: as measured at load, and as it has been since.
  std::chrono::nanoseconds run_cost_at_load() const { return loaded_.run_cost; }
  MeasuredCost& run_cost() const { return run_cost_; }

  const VersionMetrics& metrics() const { return metrics_; }
  Tally& tally() const { return tally_; }
  // The detector over live answers; nullptr without a profile.
  DriftWatch* drift() const { return drift_; }

  void Observe(int lane, std::span<const Observed> batch) const {
    for (const auto& observer : observers_) observer->Observe(lane, batch);
  }

 private:
  const predictor::Loaded loaded_;
  const VersionMetrics metrics_;
  mutable MeasuredCost run_cost_;
  mutable Tally tally_;
  std::vector<std::unique_ptr<Observer>> observers_;
  DriftWatch* drift_ = nullptr;  // one of them
};

using VersionPtr = std::shared_ptr<const Version>;

}  // namespace credence::serving
