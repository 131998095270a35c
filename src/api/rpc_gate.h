// RpcGate asks security::Gate whether a call by gRPC may be made, before its message is read: the
// same keys, rates and hosts as HTTP. One a thread, confined to it.
//
// A stream is held to them message by message: its opening counts as its first message; each
// further one is admitted anew, so that a key that is gone, or a rate that is used up, ends it.
// Web pages are not asked about: no browser speaks gRPC without a proxy.
#pragma once

#include <optional>

#include "api/environment.h"
#include "api/exchange.h"
#include "api/refusal_log.h"
#include "rpc/call.h"
#include "security/gate.h"
#include "security/keys.h"

namespace credence::api {

// A method, and what its callers' keys must allow.
struct RpcEndpoint {
  std::optional<security::Scope> needs;  // nullopt: open to everybody, always
  rpc::Method method;
};

class RpcGate {
 public:
  // The references must outlive it, and it the methods that it guards.
  RpcGate(Environment& environment, Finisher& finisher);

  // The method, of which only calls are handled that may be made. Where nothing is asked of callers
  // it is as it was.
  rpc::Method Guard(RpcEndpoint endpoint);
  // A call that was counted is over.
  void Leave(const rpc::Call& call);

 private:
  std::optional<rpc::Status> Admit(rpc::Call& call, std::optional<security::Scope> needs);
  std::optional<rpc::Status> AdmitNext(rpc::Call& call, security::Scope needs);

  Environment& environment_;
  Finisher& finisher_;
  const bool asks_;  // anything of anybody
  security::Gate gate_;
  RefusalLog refusals_;
};

}  // namespace credence::api
