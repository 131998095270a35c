// The one table of how HTTP and gRPC say why somebody is turned away. Pure.
#pragma once

#include <string_view>

#include "rpc/call.h"
#include "security/gate.h"

namespace credence::api {

struct Wording {
  int http;
  rpc::StatusCode grpc;
  std::string_view code;  // of problem+json and the log: "rate_limited"
};

// One exhaustive switch.
Wording WordingOf(security::Why why);

}  // namespace credence::api
