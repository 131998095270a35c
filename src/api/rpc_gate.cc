#include "api/rpc_gate.h"

#include <utility>

#include "api/rpc_exchange.h"
#include "api/wording.h"

namespace credence::api {
namespace {

bool AsksAnything(const security::Policy& policy) {
  return policy.keys != nullptr || policy.limited() || !policy.hosts.accepts_all();
}

}  // namespace

RpcGate::RpcGate(Environment& environment, Finisher& finisher)
    : environment_(environment),
      finisher_(finisher),
      asks_(AsksAnything(environment.policy)),
      gate_(environment.policy),
      refusals_(environment.log) {}

rpc::Method RpcGate::Guard(RpcEndpoint endpoint) {
  rpc::Method method = std::move(endpoint.method);
  if (!asks_) return method;
  const auto needs = endpoint.needs;
  method.admit = [this, needs,
                  next = std::move(method.admit)](rpc::Call& call) -> std::optional<rpc::Status> {
    if (auto refused = Admit(call, needs)) return refused;
    return next ? next(call) : std::nullopt;
  };
  if (!needs || method.kind != rpc::Method::Kind::kStream) return method;
  method.handle = [this, needs = *needs,
                   handle = std::move(method.handle)](rpc::Responder responder) {
    if (const auto refused = AdmitNext(responder.call(), needs)) {
      RecordRefused(environment_.metrics, finisher_, responder.call(), *refused);
      return responder.Fail(*refused);
    }
    handle(std::move(responder));
  };
  return method;
}

std::optional<rpc::Status> RpcGate::Admit(rpc::Call& call, std::optional<security::Scope> needs) {
  security::Asking asking{.host = call.host(), .needs = needs};
  auto turned = gate_.CheckHost(asking);
  if (!turned && needs) {
    asking.authorization = call.Metadata("authorization").value_or("");
    asking.api_key = call.Metadata("x-api-key").value_or("");
    if (environment_.policy.limited()) asking.network = call.network();
    security::Caller caller;
    turned = gate_.Admit(asking, environment_.clock.Now(), caller);
    call.admitted().key_name = caller.key;
    call.admitted().counted = caller.counted;
  }
  if (!turned) return std::nullopt;
  const Wording wording = WordingOf(turned->why);
  refusals_.Tell({.status = wording.http,
                  .code = wording.code,
                  .detail = turned->text,
                  .client = call.peer(),
                  .method = "POST",
                  .path = call.method()},
                 environment_.clock.Now());
  return rpc::Status{wording.grpc, std::move(turned->text), turned->retry_after};
}

std::optional<rpc::Status> RpcGate::AdmitNext(rpc::Call& call, security::Scope needs) {
  if (std::exchange(call.admitted().first, false)) return std::nullopt;
  if (call.admitted().counted) Leave(call);
  call.admitted().counted = false;
  return Admit(call, needs);
}

void RpcGate::Leave(const rpc::Call& call) {
  gate_.Leave(call.network(), {.key = call.admitted().key_name, .counted = true});
}

}  // namespace credence::api
