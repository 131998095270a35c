#include "trace/exporter.h"

#include <algorithm>
#include <utility>

#include "base/contain.h"
#include "base/thread_role.h"
#include "fetch/http.h"

namespace credence::trace {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kAnswerBytesMax = 64 * 1024;

prometheus::Counter& SpansCounter(metrics::Metrics& metrics, const char* result) {
  return metrics.Counter(
      {"credence_trace_spans_total", "Spans of requests, by what became of them"},
      {{"result", result}});
}

std::string UrlOf(std::string endpoint) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint + "/v1/traces";
}

// OTLP/HTTP names these; what else is refused would be refused again.
bool MayBeTriedAgain(long status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

}  // namespace

Exporter::Exporter(ExporterOptions options, metrics::Metrics& metrics, const Clock& clock, Log& log)
    : options_(std::move(options)),
      url_(UrlOf(options_.endpoint)),
      clock_(clock),
      log_(log),
      exported_(SpansCounter(metrics, "exported")),
      lost_(SpansCounter(metrics, "lost")) {
  batch_.reserve(options_.batch_max);
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

Exporter::~Exporter() { End(); }

bool Exporter::HasRoom() noexcept {
  if (waiting_.fetch_add(1, std::memory_order_relaxed) < options_.waiting_max) return true;
  GiveUp();
  return false;
}

void Exporter::Put(std::unique_ptr<Span> span) noexcept {
  if (arrivals_.Put(std::move(span)) == Placed::kClosed) GiveUp();
}

void Exporter::GiveUp() noexcept {
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  metrics::Increment(lost_);
}

void Exporter::End() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  arrivals_.Close();
}

void Exporter::Run(const std::stop_token& stop) {
  EnterThread("traces", ThreadRole::kBackground);
  SteadyTime next = clock_.Now();
  while (!stop.stop_requested()) {
    next = std::max(next + options_.gather, clock_.Now());
    waker_.WaitUntil(stop, next);
    SendWaiting(stop);
  }
  SendWaiting(stop);
}

void Exporter::SendWaiting(const std::stop_token& stop) {
  Arrivals<Span>::Taken taken = arrivals_.TakeAll();
  for (std::unique_ptr<Span> next = taken.Next(); next != nullptr;) {
    for (; next != nullptr && batch_.size() < options_.batch_max; next = taken.Next()) {
      batch_.push_back(std::move(next));
    }
    if (const auto failed = Attempt([&] { SendBatch(stop); })) {
      Lose(batch_.size(), failed->message);
    }
    waiting_.fetch_sub(batch_.size(), std::memory_order_relaxed);
    batch_.clear();
  }
}

void Exporter::SendBatch(const std::stop_token& stop) {
  const std::string body = EncodeSpans(options_.resource, batch_);
  milliseconds pause = options_.retry_pause;
  Posted posted{.outcome = Outcome::kLater, .why = "the server has ended"};
  for (int tries = 1;; ++tries) {
    const milliseconds timeout = TimeLeft(stop);
    if (timeout.count() > 0) posted = Post(body, timeout);
    if (posted.outcome == Outcome::kTaken) return;
    const bool again = posted.outcome == Outcome::kLater && tries < options_.tries_max;
    if (!again || stop.stop_requested()) return Lose(batch_.size(), posted.why);
    waker_.WaitUntil(stop, clock_.Now() + pause);
    pause *= 2;
  }
}

Exporter::Posted Exporter::Post(const std::string& body, milliseconds timeout) {
  const auto answer = fetch::Send(
      {.method = "POST", .url = url_, .body = body, .content_type = "application/x-protobuf"},
      {.connect_timeout = timeout, .timeout = timeout, .answer_bytes_max = kAnswerBytesMax});
  if (!answer) return {Outcome::kLater, answer.error().message};
  if (answer->status != 200) {
    return {MayBeTriedAgain(answer->status) ? Outcome::kLater : Outcome::kNever,
            fetch::WithoutCredentials(url_) + " answered " + std::to_string(answer->status)};
  }
  const Rejected rejected = ReadRejected(answer->body);
  const std::size_t lost = std::min(rejected.spans, std::uint64_t{batch_.size()});
  metrics::Increment(exported_, static_cast<double>(batch_.size() - lost));
  if (lost > 0) {
    Lose(lost, rejected.reason);
  } else if (std::exchange(losing_, false)) {
    log_.Info("spans of traces are taken again", {{"url", fetch::WithoutCredentials(url_)}});
  }
  return {Outcome::kTaken};
}

milliseconds Exporter::TimeLeft(const std::stop_token& stop) {
  if (!stop.stop_requested()) return options_.timeout;
  const SteadyTime now = clock_.Now();
  if (exit_at_ == SteadyTime{}) exit_at_ = now + options_.exit_limit;
  return std::chrono::duration_cast<milliseconds>(exit_at_ - now);
}

void Exporter::Lose(std::size_t spans, const std::string& why) {
  metrics::Increment(lost_, static_cast<double>(spans));
  if (std::exchange(losing_, true)) return;
  log_.Warning("spans of traces are lost; credence_trace_spans_total counts them",
               {{"spans", spans}, {"reason", why}});
}

}  // namespace credence::trace
