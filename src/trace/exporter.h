// Exporter sends spans to a collector by OTLP over HTTP, in batches, from a thread of its own.
//
// Overload: while `waiting_max` spans wait or are being sent, further ones are lost. So are those
// of
//           a batch that the collector refuses, or that could not be sent in `tries_max` tries.
//           Lost ones are counted; the log says when that begins and when spans are taken again.
// Shutdown: End sends what waits, for `exit_limit` at most and after the request that is under way;
//           the rest is lost.
// Metrics:  credence_trace_spans_total{result="exported"|"lost"}.
// Threads:  HasRoom and Put from any, without a lock; End from one.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/arrivals.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/waker.h"
#include "metrics/metrics.h"
#include "trace/otlp.h"
#include "trace/span.h"

namespace credence::trace {

struct ExporterOptions {
  std::string endpoint;  // "http://host:4318"; /v1/traces is appended
  Resource resource = {};
  std::size_t waiting_max = 4096;           // spans, of some 600 bytes
  std::size_t batch_max = 512;              // spans a request
  std::chrono::milliseconds gather{1000};   // how long spans are gathered before they are sent
  std::chrono::milliseconds timeout{3000};  // of a request
  std::chrono::milliseconds exit_limit{1000};
  int tries_max = 5;
  std::chrono::milliseconds retry_pause{1000};  // before the second try; doubles with each
};

class Exporter {
 public:
  // The references outlive it. Throws when the system gives no thread.
  Exporter(ExporterOptions options, metrics::Metrics& metrics, const Clock& clock, Log& log);
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;
  ~Exporter();

  // Whether one more span may wait, which Put must then bring; if not, it is counted as lost.
  bool HasRoom() noexcept;
  void Put(std::unique_ptr<Span> span) noexcept;
  // The span that HasRoom let in could not be made.
  void GiveUp() noexcept;

  void End();

 private:
  enum class Outcome { kTaken, kLater, kNever };
  struct Posted {
    Outcome outcome;
    std::string why = {};  // not taken
  };

  void Run(const std::stop_token& stop);
  // Sends all that wait, in batches.
  void SendWaiting(const std::stop_token& stop);
  void SendBatch(const std::stop_token& stop);
  Posted Post(const std::string& body, std::chrono::milliseconds timeout);
  // How long a request may take now; not above 0: the limit of the shutdown is over.
  std::chrono::milliseconds TimeLeft(const std::stop_token& stop);
  void Lose(std::size_t spans, const std::string& why);

  const ExporterOptions options_;
  const std::string url_;
  const Clock& clock_;
  Log& log_;
  prometheus::Counter& exported_;
  prometheus::Counter& lost_;
  std::atomic<std::size_t> waiting_ = 0;  // let in, and neither sent nor lost
  Arrivals<Span> arrivals_;
  Waker waker_;  // nobody wakes it: the thread waits for its time, or the end
  // The thread's own.
  std::vector<std::unique_ptr<Span>> batch_;
  bool losing_ = false;      // the log has said so
  SteadyTime exit_at_ = {};  // unset before the shutdown
  std::jthread thread_;      // last: what it uses is still there
};

}  // namespace credence::trace
