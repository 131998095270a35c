// Tally counts what became of one stream's requests.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "load/histogram.h"

namespace credence::bench {

// Why a request got no answer. The order matters: up to kPeerClosedFirst the server cannot have
// accepted the request; after it, it may have, and kClosedUnanswered and kTruncated say that it
// had.
enum class Failure {
  kConnectRefused,    // nobody listens
  kConnectFailed,     // any other error of connect
  kWriteRefused,      // the connection broke before the first byte of the request was written
  kPeerClosedFirst,   // the server's end of stream was under way before the request arrived
  kResetUnread,       // reset: the server closed with (part of) the request unread
  kClosedUnanswered,  // the server read the request and closed without a byte of answer: lost
  kTruncated,         // the connection ended inside the answer: lost
  kTimeout,           // no whole answer in time
  kBadAnswer,         // an answer that is not HTTP with a length, or bytes behind it
  kCut,               // still under way when the generator stopped
};
inline constexpr std::size_t kFailures = 10;
std::string_view FailureName(Failure failure);

// Thread-compatible. Times: nanoseconds since the generator's start.
class Tally {
 public:
  void Sent() { sent_ += 1; }
  void Answered(int status, std::int64_t latency_ns, std::int64_t now_ns);
  void Failed(Failure failure, std::int64_t now_ns);
  void StartedLate(std::int64_t ns) { late_.Record(ns); }
  void IdleClosed() { idle_closed_ += 1; }
  void NotSent(std::uint64_t n) { not_sent_ += n; }

  // An object: counts by status and failure, latencies, the series by second. Closes the last
  // second.
  void Write(JsonWriter& json);

 private:
  struct Second {
    std::int64_t second = 0;
    std::uint64_t ok = 0, refused = 0, other = 0, failed = 0;
    std::uint64_t p50_ns = 0, p99_ns = 0, max_ns = 0;  // of the 2xx
  };
  Second& Advance(std::int64_t now_ns);
  void CloseSecond();
  void WriteSeconds(JsonWriter& json) const;

  std::uint64_t sent_ = 0;
  std::uint64_t not_sent_ = 0;     // due, but the stream ended before a connection was free
  std::uint64_t idle_closed_ = 0;  // connections that the server closed between requests
  std::int64_t last_answer_ns_ = 0;
  std::map<int, std::uint64_t> statuses_;
  std::array<std::uint64_t, kFailures> failures_{};
  Histogram ok_;       // 2xx
  Histogram refused_;  // 503
  Histogram other_;
  Histogram late_;  // open loop: sending after the intended time
  Histogram second_ok_;
  std::vector<Second> seconds_;  // at most kSecondsMax and a few
};

}  // namespace credence::bench
