// RpcService is the application behind the gRPC transport: health, reflection, TensorFlow Serving's
// and KServe's services. One a thread of that server, confined to it.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "api/environment.h"
#include "api/exchange.h"
#include "api/rpc_exchange.h"
#include "api/rpc_gate.h"
#include "rpc/health.h"
#include "rpc/server.h"
#include "serving/predict.h"

namespace credence::api {

// What the methods of one thread work with. Confined to it.
struct RpcContext {
  Environment& environment;
  Finisher& finisher;
  serving::Submitter& submitter;
  // Looked at often while there are any; those that return true are done. For answers that wait for
  // something that happens elsewhere.
  std::vector<std::function<bool()>> waits{};
};

// A method that answers before it returns. `answer` reads `Request`, fills `Response`, or returns
// what the call fails with. REQUIRES: `context` outlives the method; `name` is static storage.
template <class Request, class Response>
rpc::Method RpcAtOnce(RpcContext& context, std::string_view name,
                      std::function<std::optional<rpc::Status>(const Request&, Response&)> answer) {
  return {.name = std::string(name),
          .handle = [&context, name, answer = std::move(answer)](rpc::Responder responder) {
            RpcExchange exchange;
            exchange.Begin(context.finisher, std::move(responder), name);
            Request request;
            if (!exchange.call().Read(request)) {
              return exchange.Fail(context.finisher,
                                   {rpc::StatusCode::kInvalidArgument,
                                    "the message is not a " + request.GetTypeName()});
            }
            Response response;
            if (const auto failed = answer(request, response)) {
              return exchange.Fail(context.finisher, *failed);
            }
            exchange.Send(context.finisher, response);
          }};
}

// The refusal of a prediction whose message is not read yet, if it would wait too long.
std::optional<rpc::Status> RefuseOverload(RpcContext& context);

class RpcService final : public rpc::Handler {
 public:
  // `lane`: of the thread's submitter.
  RpcService(Environment& environment, rpc::Thread& thread, int lane);

  std::vector<rpc::Method> Methods() override;
  bool TurnEnd() override { return submitter_.Flush(); }
  void Woken() override { submitter_.Receive(); }
  std::chrono::milliseconds Tick() override;
  void OnRefused(const rpc::Call& call, const rpc::Status& status) override;
  void OnEnd(const rpc::Call& call) override { gate_.Leave(call); }

 private:
  std::optional<bool> Serving(std::string_view service);

  Environment& environment_;
  Finisher finisher_;
  RpcGate gate_;
  rpc::Health health_;
  RpcContext context_;
  serving::Submitter submitter_;  // last: what it delivers to is still there
};

}  // namespace credence::api
