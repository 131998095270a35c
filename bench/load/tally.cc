#include "load/tally.h"

namespace credence::bench {
namespace {

constexpr std::int64_t kNanosecondsASecond = 1'000'000'000;

double Microseconds(double ns) { return ns / 1000; }
double Microseconds(std::uint64_t ns) { return Microseconds(static_cast<double>(ns)); }

void WriteLatency(const Histogram& histogram, JsonWriter& json) {
  json.BeginObject().Key("count").Number(histogram.count());
  json.Key("mean").Number(Microseconds(histogram.mean()));
  json.Key("p50").Number(Microseconds(histogram.Quantile(0.5)));
  json.Key("p90").Number(Microseconds(histogram.Quantile(0.9)));
  json.Key("p99").Number(Microseconds(histogram.Quantile(0.99)));
  json.Key("p999").Number(Microseconds(histogram.Quantile(0.999)));
  json.Key("max").Number(Microseconds(histogram.max()));
  json.EndObject();
}

}  // namespace

std::string_view FailureName(Failure failure) {
  constexpr std::array<std::string_view, kFailures> kNames = {
      "connect_refused",   "connect_failed", "write_refused", "peer_closed_first", "reset_unread",
      "closed_unanswered", "truncated",      "timeout",       "bad_answer",        "cut"};
  return kNames.at(static_cast<std::size_t>(failure));
}

void Tally::Answered(int status, std::int64_t latency_ns, std::int64_t now_ns) {
  Second& second = Advance(now_ns);
  statuses_[status] += 1;
  last_answer_ns_ = now_ns;
  if (status >= 200 && status < 300) {
    second.ok += 1;
    ok_.Record(latency_ns);
    second_ok_.Record(latency_ns);
  } else if (status == 503) {
    second.refused += 1;
    refused_.Record(latency_ns);
  } else {
    second.other += 1;
    other_.Record(latency_ns);
  }
}

void Tally::Failed(Failure failure, std::int64_t now_ns) {
  Advance(now_ns).failed += 1;
  failures_[static_cast<std::size_t>(failure)] += 1;
}

Tally::Second& Tally::Advance(std::int64_t now_ns) {
  const std::int64_t second = now_ns / kNanosecondsASecond;
  if (seconds_.empty() || second > seconds_.back().second) {
    CloseSecond();
    seconds_.push_back({.second = second});
  }
  return seconds_.back();
}

void Tally::CloseSecond() {
  if (seconds_.empty() || second_ok_.count() == 0) {
    return;
  }
  Second& last = seconds_.back();
  last.p50_ns = second_ok_.Quantile(0.5);
  last.p99_ns = second_ok_.Quantile(0.99);
  last.max_ns = second_ok_.max();
  second_ok_ = Histogram();
}

void Tally::WriteSeconds(JsonWriter& json) const {
  json.Key("seconds").BeginArray();
  for (const Second& s : seconds_) {
    json.BeginObject().Key("t").Number(s.second).Key("ok").Number(s.ok);
    json.Key("refused").Number(s.refused).Key("other").Number(s.other);
    json.Key("failed").Number(s.failed).Key("p50_us").Number(Microseconds(s.p50_ns));
    json.Key("p99_us").Number(Microseconds(s.p99_ns)).Key("max_us").Number(Microseconds(s.max_ns));
    json.EndObject();
  }
  json.EndArray();
}

void Tally::Write(JsonWriter& json) {
  CloseSecond();
  json.Key("sent").Number(sent_).Key("not_sent").Number(not_sent_);
  json.Key("idle_closed").Number(idle_closed_);
  json.Key("last_answer_s").Number(static_cast<double>(last_answer_ns_) / kNanosecondsASecond);
  json.Key("statuses").BeginObject();
  for (const auto& [status, count] : statuses_) {
    json.DynamicKey(std::to_string(status)).Number(count);
  }
  json.EndObject().Key("failures").BeginObject();
  for (std::size_t i = 0; i < kFailures; ++i) {
    if (failures_[i] > 0) {
      json.DynamicKey(FailureName(static_cast<Failure>(i))).Number(failures_[i]);
    }
  }
  json.EndObject().Key("latency_us").BeginObject();
  json.Key("ok");
  WriteLatency(ok_, json);
  json.Key("refused");
  WriteLatency(refused_, json);
  json.Key("other");
  WriteLatency(other_, json);
  json.Key("late");
  WriteLatency(late_, json);
  json.EndObject();
  WriteSeconds(json);
}

}  // namespace credence::bench
