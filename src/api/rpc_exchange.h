// RpcExchange is one message of a gRPC call from its arrival to its answer, counted and logged as
// an HTTP request is: with the status that HTTP would have answered. Confined to its thread.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "api/exchange.h"
#include "base/result.h"
#include "rpc/call.h"

namespace google::protobuf {
class MessageLite;
}

namespace credence::api {

// The status that tells of `error`, by the table of api/tensor/codes.h.
rpc::Status StatusOf(const Error& error);
// What HTTP would have answered; 499 for a call whose client has gone.
int HttpStatusOf(rpc::StatusCode code);
// Also 429 for a rate.
int HttpStatusOf(const rpc::Status& status);

class RpcExchange {
 public:
  RpcExchange();
  ~RpcExchange();

  // `route`: static storage. REQUIRES: nothing is begun.
  void Begin(Finisher& finisher, rpc::Responder responder, std::string_view route);

  // Each counts, logs and answers; then nothing is begun.
  void Send(Finisher& finisher, const google::protobuf::MessageLite& message);
  void Fail(Finisher& finisher, const rpc::Status& status);
  // For a stream, whose call goes on: `message` tells of `error`.
  void SendError(Finisher& finisher, const google::protobuf::MessageLite& message,
                 rpc::StatusCode error);

  rpc::Responder& responder();
  const rpc::Call& call() { return responder().call(); }

  Exchange counted;  // predictor, verdict, pictures and phases are the caller's to set

 private:
  class Sink;
  void Finish(Finisher& finisher, rpc::StatusCode code, std::string_view body);

  const std::shared_ptr<Sink> sink_;
  std::array<std::pair<std::string_view, std::string_view>, 2> headers_;
};

// Counts and logs a call that is refused before its message is looked at.
void RecordRefused(metrics::Metrics& metrics, Finisher& finisher, const rpc::Call& call,
                   const rpc::Status& status);

}  // namespace credence::api
