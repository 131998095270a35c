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

const Buckets kSeconds = {2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3,
                          5e-3, 1e-2, 2e-2, 5e-2, 0.1,  0.2,  0.5,  1,    2,    5};

struct Metrics::State {
  prometheus::Registry registry;
  Guarded<std::vector<LiveGauge>> live;
  Guarded<std::vector<LiveFamily>> live_families;
};

Metrics::Metrics(std::string_view version, std::string_view engine)
    : state_(std::make_unique<State>()) {
  Set(Gauge({"credence_build_info", "Constant 1, with the build in its labels"},
            {{"version", std::string(version)}, {"engine", std::string(engine)}}),
      1);
}

Metrics::~Metrics() = default;

// Registering a family again gives the one that there is.
prometheus::Counter& Metrics::Counter(const Family& family, const Labels& labels) {
  return prometheus::BuildCounter()
      .Name(family.name)
      .Help(family.help)
      .Register(state_->registry)
      .Add(labels);
}

prometheus::Gauge& Metrics::Gauge(const Family& family, const Labels& labels) {
  return prometheus::BuildGauge()
      .Name(family.name)
      .Help(family.help)
      .Register(state_->registry)
      .Add(labels);
}

prometheus::Histogram& Metrics::Histogram(const Family& family, const Labels& labels,
                                          const Buckets& buckets) {
  return prometheus::BuildHistogram()
      .Name(family.name)
      .Help(family.help)
      .Register(state_->registry)
      .Add(labels, buckets);
}

prometheus::Counter& Metrics::Requests(const std::string& route, const std::string& predictor,
                                       const std::string& version, int code) {
  return Counter({"credence_requests_total",
                  "Requests answered, by route, predictor, version and HTTP status"},
                 {{"route", route},
                  {"predictor", predictor},
                  {"version", version},
                  {"code", std::to_string(code)}});
}

prometheus::Histogram& Metrics::RequestSeconds(const std::string& route) {
  return Histogram(
      {"credence_request_duration_seconds", "From a request's last byte to its answer"},
      {{"route", route}}, kSeconds);
}

prometheus::Counter& Metrics::Refused(int code) {
  return Counter(
      {"credence_http_refused_total", "Requests that the HTTP layer refused by itself, by status"},
      {{"code", std::to_string(code)}});
}

prometheus::Counter& Metrics::Rejected(const std::string& reason) {
  return Counter({"credence_rejected_total", "Predictions not admitted, by reason"},
                 {{"reason", reason}});
}

void Metrics::AddLive(LiveGauge gauge) {
  auto live = state_->live.lock();
  live->push_back(std::move(gauge));
}

void Metrics::AddLiveFamily(LiveFamily family) {
  auto live = state_->live_families.lock();
  live->push_back(std::move(family));
}

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> all = state_->registry.Collect();
  const auto add = [&](const std::string& name, const std::string& help, double value,
                       prometheus::MetricType type = prometheus::MetricType::Gauge) {
    prometheus::ClientMetric metric = Value(value);
    metric.counter.value = value;
    all.push_back({name, help, type, {metric}});
  };
  {
    auto live = state_->live.lock();
    for (const LiveGauge& gauge : *live) add(gauge.name, gauge.help, gauge.read());
  }
  {
    auto live = state_->live_families.lock();
    for (const LiveFamily& family : *live) {
      prometheus::MetricFamily values{family.name, family.help, prometheus::MetricType::Gauge, {}};
      for (const LiveFamily::Sample& sample : family.read()) {
        prometheus::ClientMetric metric = Value(sample.value);
        for (const auto& [label, value] : sample.labels) metric.label.push_back({label, value});
        values.metric.push_back(std::move(metric));
      }
      all.push_back(std::move(values));
    }
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
Total TotalOf(const prometheus::Histogram& histogram) {
  const auto seen = histogram.Collect().histogram;
  return {.count = seen.sample_count, .sum = seen.sample_sum};
}

void Observe(prometheus::Histogram& histogram, double value) { histogram.Observe(value); }
void Observe(prometheus::Histogram& histogram, std::chrono::nanoseconds duration) {
  histogram.Observe(std::chrono::duration<double>(duration).count());
}
void Set(prometheus::Gauge& gauge, double value) { gauge.Set(value); }

}  // namespace credence::metrics
