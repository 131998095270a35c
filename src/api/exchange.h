// Exchange is one request from its arrival to its answer: what is counted, logged and sent about
// it, whatever wire format it speaks.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/access_log.h"
#include "api/other_names.h"
#include "base/clock.h"
#include "http/message.h"
#include "http/server.h"
#include "metrics/metrics.h"
#include "predictor/predictor.h"

namespace credence::api {

struct Exchange {
  http::Request request;
  std::optional<http::Responder> responder;
  std::string_view route;  // the route's pattern, static storage; "" when none matched
  std::string request_id;  // the client's X-Request-Id (if it is short and printable), or ours
  // Of a prediction, also of one that was refused when it was known who would answer; unset for
  // other routes.
  const predictor::Predictor* predictor = nullptr;  // valid until Finish
  // Of the single picture, else empty.
  std::string_view verdict, label;
  std::optional<float> confidence;
  std::size_t pictures = 0;
  metrics::PhaseTimes phases{};
};

// Sets what is logged of the answer to a single picture: `prediction` is the predictor's.
void NoteAnswer(const predictor::Predictor& predictor, const predictor::Prediction& prediction,
                Exchange& exchange);

// A request that is being answered. Valid during the call that is handed it.
struct Finished {
  const Exchange& exchange;
  int status;
  std::size_t bytes_out;          // of the body
  std::chrono::nanoseconds took;  // since its last byte had arrived
};

// Is told of each request that a handler answers. Thread-safe; must not wait.
class RequestSink {
 public:
  virtual ~RequestSink() = default;
  virtual void OnFinished(const Finished& finished) noexcept = 0;
};

struct FinisherOptions {
  int thread = 0;
  RequestSink* sink = nullptr;  // nullptr: nobody is told
  OtherNames names = {};
};

// What an exchange ends with. One a thread, confined to it.
class Finisher {
 public:
  Finisher(metrics::Metrics& metrics, AccessLog& log, const Clock& clock, FinisherOptions options);

  // Requests to these routes, static storage, are not logged while they are answered below 400.
  void LeaveOut(std::vector<std::string_view> routes) { left_out_ = std::move(routes); }

  // Sets request, responder, route and request_id; forgets the rest.
  void Begin(Exchange& exchange, const http::Request& request, http::Responder responder,
             std::string_view route);

  // Counts, logs and sends, with further headers. REQUIRES: responder is set.
  void Finish(Exchange& exchange, const http::Response& response);
  void Finish(Exchange& exchange, int status, std::string_view content_type, std::string_view body,
              std::string_view extra_headers = {});

  // The same for a request that is answered at its head: counts, logs, and returns what is to be
  // sent. It lasts until the next call, and as long as `response`.
  http::Response FinishEarly(const http::Request& head, std::string_view route,
                             const http::Response& response);

  // Logs what the transport has refused.
  void LogRefused(const http::Refused& refused);

 private:
  struct Counted {  // handles of one route, version and status
    std::string_view route;
    std::string predictor;  // its name; "" for routes without one
    std::int64_t version;
    int status;
    prometheus::Counter* requests;
    prometheus::Histogram* seconds;
    OtherCounters others;
  };
  void Start(Exchange& exchange, const http::Request& request, std::string_view route);
  http::Response Complete(Exchange& exchange, const http::Response& response);
  bool IsLogged(const Exchange& exchange, int status) const;
  Counted& CountedFor(const Exchange& exchange, int status);
  void WriteHeaders(const Exchange& exchange, std::string_view extra);
  void Log(const Exchange& exchange, int status, std::size_t bytes, std::chrono::nanoseconds whole);

  metrics::Metrics& metrics_;
  AccessLog& log_;
  const Clock& clock_;
  const FinisherOptions options_;
  std::vector<std::string_view> left_out_;
  std::uint64_t next_id_;
  std::vector<Counted> counted_;
  Exchange early_;
  std::string headers_;
  std::string line_;
  std::int64_t wall_second_ = 0;
  std::string wall_text_;
};

}  // namespace credence::api
