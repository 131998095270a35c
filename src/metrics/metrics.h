// Metrics holds the names of everything that is counted, and its handles.
//
// Handles are resolved when a version is loaded or a thread starts, never looked up in a request.
// Times are seconds, as Prometheus wants. Threads: thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace credence::metrics {

// The parts of a request's time, in their order.
enum class Phase { kQueue, kDecode, kAdapt, kInfer, kAssess, kEncode };
inline constexpr std::size_t kPhases = 6;
std::string_view PhaseName(Phase phase);  // "queue", "decode", …

using PhaseTimes = std::array<std::chrono::nanoseconds, kPhases>;

inline constexpr std::array<std::string_view, 4> kVerdictNames = {"reliable", "uncertain",
                                                                  "unfamiliar", "unassessed"};

// Handles of the drift detector of one version that has a profile.
struct DriftMetrics {
  prometheus::Gauge* log_evidence = nullptr;
  prometheus::Gauge* drifting = nullptr;
  prometheus::Counter* alarms = nullptr;
};

// Handles of one predictor's version.
struct PredictorMetrics {
  std::string predictor, version;
  std::array<prometheus::Histogram*, kPhases> phases{};
  prometheus::Histogram* batch_size = nullptr;
  std::array<prometheus::Counter*, kVerdictNames.size()> verdicts{};
  prometheus::Gauge* load_seconds = nullptr;
  DriftMetrics drift;
};

// What a gauge that is read at scrape time shows.
struct LiveGauge {
  std::string name, help;
  std::function<double()> read;
};

class Metrics {
 public:
  Metrics(std::string_view version, std::string_view engine);
  ~Metrics();

  // Handles for one version; the same ones for the same names.
  PredictorMetrics ForPredictor(const std::string& predictor, const std::string& version);
  DriftMetrics ForDrift(const std::string& predictor, const std::string& version);
  // credence_requests_total{route,predictor,version,code}
  prometheus::Counter& Requests(const std::string& route, const std::string& predictor,
                                const std::string& version, int code);
  // credence_request_duration_seconds{route}
  prometheus::Histogram& RequestSeconds(const std::string& route);
  // credence_refused_total{code}: answered by the transport itself
  prometheus::Counter& Refused(int code);
  // credence_rejected_total{reason}: by admission ("queue_full", "deadline")
  prometheus::Counter& Rejected(const std::string& reason);

  void AddLive(LiveGauge gauge);

  // Everything as Prometheus text format 0.0.4.
  std::string Text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

void Increment(prometheus::Counter& counter, double by = 1);
void Observe(prometheus::Histogram& histogram, double value);
void Observe(prometheus::Histogram& histogram, std::chrono::nanoseconds duration);
void Set(prometheus::Gauge& gauge, double value);

}  // namespace credence::metrics
