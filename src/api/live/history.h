// History is the last hour of a server in samples: one a second for five minutes, one every ten
// seconds for an hour. Memory: constant.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "serving/version_metrics.h"

namespace credence::api::live {

// What was counted since the start, at one moment.
struct Totals {
  SteadyTime at;
  WallTime when;
  double requests = 0, errors = 0;
  std::array<double, serving::kVerdicts> verdicts{};
  std::vector<double> upto;  // requests that took at most metrics::kSeconds[i]
  // Not counted but measured:
  double queued = 0, compute_queued = 0, connections = 0;
  std::optional<double> drift_evidence;  // the largest of all versions; nullopt: none
};

// What happened between two moments.
struct Sample {
  std::int64_t number = 0;  // of the moment at its end; grows by one a second
  WallTime when;            // its end
  double seconds = 0;       // its length
  double requests_per_second = 0, errors_per_second = 0;
  std::optional<double> p50_seconds, p99_seconds;  // nullopt: there was no request
  std::array<double, serving::kVerdicts> verdicts{};
  double queued = 0, compute_queued = 0, connections = 0;
  std::optional<double> drift_evidence;
};

// `number` is left 0. A total that is smaller afterwards counts as nothing.
Sample Between(const Totals& before, const Totals& after);

// The value below which `share` of the values lie, from how many are at most each bound; within a
// bucket it is interpolated geometrically. Values over the last bound count as that bound.
// Returns nullopt if there are none.
std::optional<double> Quantile(const std::vector<double>& bounds, const std::vector<double>& upto,
                               double share);

// Thread-compatible.
class History {
 public:
  static constexpr std::size_t kFine = 300, kCoarse = 360;
  static constexpr std::int64_t kCoarseEvery = 10;

  // The first call only sets the start.
  void Add(Totals now);

  // Oldest first.
  const std::deque<Sample>& fine() const { return fine_; }
  const std::deque<Sample>& coarse() const { return coarse_; }

 private:
  static void Keep(std::deque<Sample>& samples, Sample sample, std::size_t limit);

  std::int64_t number_ = 0;
  std::optional<Totals> last_, last_coarse_;
  std::deque<Sample> fine_, coarse_;
};

}  // namespace credence::api::live
