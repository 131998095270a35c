#include "metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/guarded.h"
#include "metrics/process.h"

namespace credence::metrics {
namespace {

using prometheus::Histogram;

const Histogram::BucketBoundaries kSeconds = {2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4,
                                              5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2,
                                              0.1,  0.2,  0.5,  1,    2,    5};
const Histogram::BucketBoundaries kBatchSizes = {1, 2, 4, 8, 16, 32, 64};

prometheus::ClientMetric Value(double value) {
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  return metric;
}

}  // namespace

std::string_view PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kQueue:
      return "queue";
    case Phase::kDecode:
      return "decode";
    case Phase::kAdapt:
      return "adapt";
    case Phase::kInfer:
      return "infer";
    case Phase::kAssess:
      return "assess";
    case Phase::kEncode:
      return "encode";
  }
  return "";
}

struct Metrics::Families {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter()
          .Name("credence_requests_total")
          .Help("Requests answered, by route, predictor, version and HTTP status")
          .Register(registry);
  prometheus::Family<Histogram>& request_seconds =
      prometheus::BuildHistogram()
          .Name("credence_request_duration_seconds")
          .Help("From a request's last byte to its answer")
          .Register(registry);
  prometheus::Family<Histogram>& phase_seconds =
      prometheus::BuildHistogram()
          .Name("credence_phase_duration_seconds")
          .Help("Time of one phase of a prediction; infer and assess are those of its whole batch")
          .Register(registry);
  prometheus::Family<Histogram>& batch_size =
      prometheus::BuildHistogram()
          .Name("credence_batch_size")
          .Help("Pictures that went through the model together")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& verdicts = prometheus::BuildCounter()
                                                          .Name("credence_verdicts_total")
                                                          .Help("Predictions by verdict")
                                                          .Register(registry);
  prometheus::Family<prometheus::Gauge>& load_seconds =
      prometheus::BuildGauge()
          .Name("credence_load_duration_seconds")
          .Help("Time to load and self-test the version")
          .Register(registry);
  prometheus::Family<prometheus::Gauge>& drift_log_evidence =
      prometheus::BuildGauge()
          .Name("credence_drift_log_evidence")
          .Help("Natural logarithm of the drift statistic; the alarm is at 11.5")
          .Register(registry);
  prometheus::Family<prometheus::Gauge>& drifting =
      prometheus::BuildGauge()
          .Name("credence_drifting")
          .Help("1 while the inputs are unlike the calibration data as a whole")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& drift_alarms =
      prometheus::BuildCounter()
          .Name("credence_drift_alarms_total")
          .Help("Times that the drift statistic reached its alarm")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& refused =
      prometheus::BuildCounter()
          .Name("credence_http_refused_total")
          .Help("Requests that the HTTP layer refused by itself, by status")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& rejected =
      prometheus::BuildCounter()
          .Name("credence_rejected_total")
          .Help("Predictions not admitted, by reason")
          .Register(registry);
  Guarded<std::vector<LiveGauge>> live;
};

Metrics::Metrics(std::string_view version, std::string_view engine)
    : families_(std::make_unique<Families>()) {
  prometheus::BuildGauge()
      .Name("credence_build_info")
      .Help("Constant 1, with the build in its labels")
      .Register(families_->registry)
      .Add({{"version", std::string(version)}, {"engine", std::string(engine)}})
      .Set(1);
}

Metrics::~Metrics() = default;

PredictorMetrics Metrics::ForPredictor(const std::string& predictor, const std::string& version) {
  const prometheus::Labels labels = {{"predictor", predictor}, {"version", version}};
  const auto with = [&](const char* key, std::string_view value) {
    prometheus::Labels more = labels;
    more.emplace(key, value);
    return more;
  };
  PredictorMetrics metrics;
  metrics.predictor = predictor;
  metrics.version = version;
  for (std::size_t i = 0; i < kPhases; ++i) {
    metrics.phases[i] =
        &families_->phase_seconds.Add(with("phase", PhaseName(static_cast<Phase>(i))), kSeconds);
  }
  metrics.batch_size = &families_->batch_size.Add(labels, kBatchSizes);
  for (std::size_t i = 0; i < kVerdictNames.size(); ++i) {
    metrics.verdicts[i] = &families_->verdicts.Add(with("verdict", kVerdictNames[i]));
  }
  metrics.load_seconds = &families_->load_seconds.Add(labels);
  return metrics;
}

DriftMetrics Metrics::ForDrift(const std::string& predictor, const std::string& version) {
  const prometheus::Labels labels = {{"predictor", predictor}, {"version", version}};
  return {.log_evidence = &families_->drift_log_evidence.Add(labels),
          .drifting = &families_->drifting.Add(labels),
          .alarms = &families_->drift_alarms.Add(labels)};
}

prometheus::Counter& Metrics::Requests(const std::string& route, const std::string& predictor,
                                       const std::string& version, int code) {
  return families_->requests.Add({{"route", route},
                                  {"predictor", predictor},
                                  {"version", version},
                                  {"code", std::to_string(code)}});
}

prometheus::Histogram& Metrics::RequestSeconds(const std::string& route) {
  return families_->request_seconds.Add({{"route", route}}, kSeconds);
}

prometheus::Counter& Metrics::Refused(int code) {
  return families_->refused.Add({{"code", std::to_string(code)}});
}

prometheus::Counter& Metrics::Rejected(const std::string& reason) {
  return families_->rejected.Add({{"reason", reason}});
}

void Metrics::AddLive(LiveGauge gauge) {
  auto live = families_->live.lock();
  live->push_back(std::move(gauge));
}

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> all = families_->registry.Collect();
  const auto add = [&](const std::string& name, const std::string& help, double value,
                       prometheus::MetricType type = prometheus::MetricType::Gauge) {
    prometheus::ClientMetric metric = Value(value);
    metric.counter.value = value;
    all.push_back({name, help, type, {metric}});
  };
  {
    auto live = families_->live.lock();
    for (const LiveGauge& gauge : *live) add(gauge.name, gauge.help, gauge.read());
  }
  const ProcessFigures process = ReadProcess();
  add("process_cpu_seconds_total", "User and system CPU time", process.cpu_seconds,
      prometheus::MetricType::Counter);
  add("process_resident_memory_bytes", "Resident memory", process.resident_bytes);
  add("process_virtual_memory_bytes", "Virtual memory", process.virtual_bytes);
  add("process_open_fds", "Open file descriptors", process.open_fds);
  add("process_max_fds", "Limit of open file descriptors", process.max_fds);
  add("process_threads", "Threads", process.threads);
  add("process_start_time_seconds", "Start, in seconds since 1970", process.start_time_seconds);
  return prometheus::TextSerializer().Serialize(all);
}

void Increment(prometheus::Counter& counter, double by) { counter.Increment(by); }
void Observe(prometheus::Histogram& histogram, double value) { histogram.Observe(value); }
void Observe(prometheus::Histogram& histogram, std::chrono::nanoseconds duration) {
  histogram.Observe(std::chrono::duration<double>(duration).count());
}
void Set(prometheus::Gauge& gauge, double value) { gauge.Set(value); }

}  // namespace credence::metrics
