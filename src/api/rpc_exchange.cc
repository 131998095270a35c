#include "api/rpc_exchange.h"

#include <google/protobuf/message_lite.h>

#include <cstdlib>
#include <optional>
#include <span>
#include <string>

#include "api/tensor/codes.h"

namespace credence::api {
namespace {

using Headers = std::array<std::pair<std::string_view, std::string_view>, 2>;

constexpr std::array<std::string_view, 2> kHeaders = {"x-request-id", "traceparent"};

// The call as the request that Finisher counts and logs. `headers` outlives it.
http::Request AsRequest(const rpc::Call& call, Headers& headers) {
  std::size_t count = 0;
  for (const std::string_view name : kHeaders) {
    if (const auto value = call.Metadata(name)) headers[count++] = {name, *value};
  }
  http::Request request{};
  request.method = "POST";
  request.path = call.method();
  request.headers = std::span(headers).first(count);
  request.client = call.peer();
  request.received = call.received();
  request.body = call.message();
  request.key_name = call.admitted().key_name;
  return request;
}

}  // namespace

// Where Finisher sends the answer.
class RpcExchange::Sink final : public http::Responder::Sink {
 public:
  void Send(const http::Response& response) override {
    if (!responder) return;
    // Without `ready` nobody answered: the responder then fails the call itself.
    rpc::Responder answering = *std::move(responder);
    responder.reset();
    if (failure) {
      answering.Fail(*failure);
    } else if (ready) {
      answering.Send(response.body);
    }
  }
  // A responder that goes unused fails the call itself.
  void Drop(std::shared_ptr<http::Responder::Sink>) noexcept override { responder.reset(); }
  // Only handlers of HTTP ask for it.
  http::IoThread& thread() override { std::abort(); }

  std::optional<rpc::Responder> responder;
  std::optional<rpc::Status> failure;  // what the call is to end with
  bool ready = false;                  // `body` is the answer
  std::string body;                    // reused
};

rpc::Status StatusOf(const Error& error) {
  return {static_cast<rpc::StatusCode>(tensor::RowOf(error.code).grpc), error.message};
}

int HttpStatusOf(rpc::StatusCode code) {
  using enum rpc::StatusCode;
  switch (code) {
    case kOk:
      return 200;
    case kCancelled:
      return 499;
    case kInvalidArgument:
    case kFailedPrecondition:
    case kUnimplemented:
      return 400;
    case kUnauthenticated:
      return 401;
    case kPermissionDenied:
      return 403;
    case kNotFound:
      return 404;
    case kDeadlineExceeded:
      return 504;
    case kResourceExhausted:
    case kUnavailable:
      return 503;
    case kUnknown:
    case kInternal:
    case kDataLoss:
      return 500;
  }
  return 500;
}

int HttpStatusOf(const rpc::Status& status) {
  const bool rate = status.code == rpc::StatusCode::kResourceExhausted;
  return rate && status.retry_after.count() > 0 ? 429 : HttpStatusOf(status.code);
}

RpcExchange::RpcExchange() : sink_(std::make_shared<Sink>()) {}

RpcExchange::~RpcExchange() = default;

rpc::Responder& RpcExchange::responder() { return *sink_->responder; }

void RpcExchange::Begin(Finisher& finisher, rpc::Responder responder, std::string_view route) {
  sink_->responder.emplace(std::move(responder));
  sink_->failure.reset();
  sink_->ready = false;
  finisher.Begin(counted, AsRequest(call(), headers_), http::Responder(sink_), route);
}

void RpcExchange::Finish(Finisher& finisher, rpc::StatusCode code, std::string_view body) {
  if (call().cancelled().load(std::memory_order_relaxed)) code = rpc::StatusCode::kCancelled;
  finisher.Finish(counted, {.status = HttpStatusOf(code), .body = body});
}

void RpcExchange::Send(Finisher& finisher, const google::protobuf::MessageLite& message) {
  SendError(finisher, message, rpc::StatusCode::kOk);
}

void RpcExchange::SendError(Finisher& finisher, const google::protobuf::MessageLite& message,
                            rpc::StatusCode error) {
  message.SerializeToString(&sink_->body);
  sink_->ready = true;
  Finish(finisher, error, sink_->body);
}

void RpcExchange::Fail(Finisher& finisher, const rpc::Status& status) {
  sink_->failure = status;
  Finish(finisher, status.code, {});
}

void RecordRefused(metrics::Metrics& metrics, Finisher& finisher, const rpc::Call& call,
                   const rpc::Status& status) {
  metrics::Increment(metrics.Refused(HttpStatusOf(status)));
  Headers headers;
  finisher.FinishEarly(AsRequest(call, headers), "", {.status = HttpStatusOf(status)});
}

}  // namespace credence::api
