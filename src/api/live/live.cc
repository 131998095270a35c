#include "api/live/live.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "base/contain.h"
#include "base/thread_role.h"

namespace credence::api::live {
namespace {

using metrics::Labels;
using metrics::Reading;

constexpr std::chrono::seconds kPeriod{1};
constexpr int kFirstErrorStatus = 400;

constexpr std::string_view kRequests = "credence_requests_total";
constexpr std::string_view kSeconds = "credence_request_duration_seconds";
constexpr std::string_view kRefused = "credence_http_refused_total";
constexpr std::string_view kVerdicts = "credence_verdicts_total";
constexpr std::string_view kQueued = "credence_queue_depth";
constexpr std::string_view kComputeQueued = "credence_compute_queue_depth";
constexpr std::string_view kConnections = "credence_connections_open";

std::string_view LabelOf(const Labels& labels, const std::string& name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

const std::vector<Reading>& Family(const metrics::Metrics::Readings& readings,
                                   std::string_view name) {
  static const std::vector<Reading> kNone;
  const auto found = readings.find(name);
  return found == readings.end() ? kNone : found->second;
}

double Sum(const std::vector<Reading>& values) {
  double sum = 0;
  for (const Reading& one : values) sum += one.value;
  return sum;
}

void AddVerdicts(const std::vector<Reading>& values, Totals& totals) {
  for (std::size_t i = 0; i < totals.verdicts.size(); ++i) {
    const std::string_view name = VerdictName(static_cast<reliability::Verdict>(i));
    for (const Reading& one : values) {
      if (LabelOf(one.labels, "verdict") == name) totals.verdicts[i] += one.value;
    }
  }
}

std::optional<double> LargestEvidence(const serving::Catalog& catalog) {
  std::optional<double> largest;
  for (const auto& predictor : catalog.predictors()) {
    for (const auto& served : predictor.versions) {
      if (!served.version || served.version->drift() == nullptr) continue;
      const double evidence = served.version->drift()->State().log_evidence;
      largest = std::max(largest.value_or(evidence), evidence);
    }
  }
  return largest;
}

}  // namespace

Live::Live(const metrics::Metrics& metrics, const serving::PublishedCatalog& published,
           const Clock& clock)
    : metrics_(metrics), published_(published), clock_(clock), started_(clock.Wall()) {}

std::jthread Live::Start() {
  return std::jthread([this](const std::stop_token& stop) {
    EnterThread("live", ThreadRole::kBackground);
    SteadyTime next = clock_.Now();
    while (!stop.stop_requested()) {
      std::ignore = Attempt([this] { Record(); });  // without memory a sample is missing
      // After a stall it goes on from now: it does not catch up.
      next = std::max(next + kPeriod, clock_.Now());
      waker_.WaitUntil(stop, next);
    }
  });
}

void Live::Record() {
  Totals now = Count();
  auto history = history_.lock();
  history->Add(std::move(now));
}

void Live::LeaveOut(const std::vector<std::string_view>& routes) {
  auto left_out = left_out_.lock();
  left_out->insert(routes.begin(), routes.end());
}

void Live::Read(const std::function<void(const History&)>& read) {
  auto history = history_.lock();
  read(*history);
}

Totals Live::Count() {
  Totals totals;
  totals.at = clock_.Now();
  totals.when = clock_.Wall();
  const auto readings = metrics_.Read(
      {kRequests, kSeconds, kRefused, kVerdicts, kQueued, kComputeQueued, kConnections});
  auto left_out = left_out_.lock();
  for (const Reading& one : Family(readings, kRequests)) {
    if (left_out->contains(LabelOf(one.labels, "route"))) continue;
    totals.requests += one.value;
    const std::string code(LabelOf(one.labels, "code"));
    if (std::atoi(code.c_str()) >= kFirstErrorStatus) totals.errors += one.value;
  }
  totals.upto.assign(metrics::kSeconds.size(), 0);
  for (const Reading& one : Family(readings, kSeconds)) {
    if (left_out->contains(LabelOf(one.labels, "route"))) continue;
    for (std::size_t i = 0; i < totals.upto.size() && i < one.upto.size(); ++i) {
      totals.upto[i] += static_cast<double>(one.upto[i]);
    }
  }
  const double refused = Sum(Family(readings, kRefused));
  totals.requests += refused;
  totals.errors += refused;
  AddVerdicts(Family(readings, kVerdicts), totals);
  totals.queued = Sum(Family(readings, kQueued));
  totals.compute_queued = Sum(Family(readings, kComputeQueued));
  totals.connections = Sum(Family(readings, kConnections));
  totals.drift_evidence = LargestEvidence(*published_.Get());
  return totals;
}

}  // namespace credence::api::live
