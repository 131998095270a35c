#include "api/live/history.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metrics/metrics.h"

namespace credence::api::live {
namespace {

double Grown(double before, double after) { return std::max(0.0, after - before); }

std::vector<double> GrownEach(const std::vector<double>& before, const std::vector<double>& after) {
  std::vector<double> grown(after);
  for (std::size_t i = 0; i < grown.size() && i < before.size(); ++i) {
    grown[i] = Grown(before[i], after[i]);
  }
  return grown;
}

}  // namespace

std::optional<double> Quantile(const std::vector<double>& bounds, const std::vector<double>& upto,
                               double share) {
  if (upto.empty() || upto.back() <= 0) return std::nullopt;
  const double rank = share * upto.back();
  for (std::size_t i = 0; i < bounds.size() && i < upto.size(); ++i) {
    if (upto[i] < rank) continue;
    const double below = i == 0 ? 0 : upto[i - 1];
    const double low = i == 0 ? bounds[0] / 2 : bounds[i - 1];
    const double part = (rank - below) / (upto[i] - below);
    return low * std::pow(bounds[i] / low, part);
  }
  return bounds.back();
}

Sample Between(const Totals& before, const Totals& after) {
  Sample sample;
  sample.when = after.when;
  sample.seconds = std::chrono::duration<double>(after.at - before.at).count();
  const double seconds = std::max(sample.seconds, 1e-3);
  sample.requests_per_second = Grown(before.requests, after.requests) / seconds;
  sample.errors_per_second = Grown(before.errors, after.errors) / seconds;
  const std::vector<double> upto = GrownEach(before.upto, after.upto);
  sample.p50_seconds = Quantile(metrics::kSeconds, upto, 0.5);
  sample.p99_seconds = Quantile(metrics::kSeconds, upto, 0.99);
  for (std::size_t i = 0; i < sample.verdicts.size(); ++i) {
    sample.verdicts[i] = Grown(before.verdicts[i], after.verdicts[i]);
  }
  sample.queued = after.queued;
  sample.compute_queued = after.compute_queued;
  sample.connections = after.connections;
  sample.drift_evidence = after.drift_evidence;
  return sample;
}

void History::Add(Totals now) {
  if (last_) {
    ++number_;
    Sample fine = Between(*last_, now);
    fine.number = number_;
    Keep(fine_, std::move(fine), kFine);
    if (number_ % kCoarseEvery == 0) {
      Sample coarse = Between(*last_coarse_, now);
      coarse.number = number_;
      Keep(coarse_, std::move(coarse), kCoarse);
      last_coarse_ = now;
    }
  } else {
    last_coarse_ = now;
  }
  last_ = std::move(now);
}

void History::Keep(std::deque<Sample>& samples, Sample sample, std::size_t limit) {
  if (samples.size() == limit) samples.pop_front();
  samples.push_back(std::move(sample));
}

}  // namespace credence::api::live
