// Metrics holds counters, gauges and histograms, and writes them for Prometheus.
//
// The code that counts names the family and gets its handle once, when a version is loaded or a
// thread starts, never during a request. Times are in seconds. Threads: thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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

// A family of counters, gauges or histograms: one name, told apart by labels.
struct Family {
  std::string name;  // "credence_verdicts_total"
  std::string help;
};
using Labels = std::map<std::string, std::string>;

// Upper bounds of a histogram's buckets, ascending.
using Buckets = std::vector<double>;
extern const Buckets kSeconds;  // 2 us to 5 s

// What a gauge that is read at scrape time shows.
struct LiveGauge {
  std::string name, help;
  std::function<double()> read;
};

// The same with labels: the values that there are at scrape time.
struct LiveFamily {
  struct Sample {
    Labels labels;
    double value = 0;
  };
  std::string name, help;
  std::function<std::vector<Sample>()> read;
};

class Metrics {
 public:
  Metrics(std::string_view version, std::string_view engine);
  ~Metrics();

  // The same handle for the same name and labels; it lives as long as this.
  prometheus::Counter& Counter(const Family& family, const Labels& labels);
  prometheus::Gauge& Gauge(const Family& family, const Labels& labels);
  prometheus::Histogram& Histogram(const Family& family, const Labels& labels,
                                   const Buckets& buckets);

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
  void AddLiveFamily(LiveFamily family);

  // Everything as Prometheus text format 0.0.4.
  std::string Text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a histogram has seen.
struct Total {
  std::uint64_t count = 0;
  double sum = 0;
};
Total TotalOf(const prometheus::Histogram& histogram);

void Increment(prometheus::Counter& counter, double by = 1);
void Observe(prometheus::Histogram& histogram, double value);
void Observe(prometheus::Histogram& histogram, std::chrono::nanoseconds duration);
void Set(prometheus::Gauge& gauge, double value);

}  // namespace credence::metrics
