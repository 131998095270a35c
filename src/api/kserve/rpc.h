// KServe's V2 protocol by gRPC: inference.GRPCInferenceService.
#pragma once

#include <vector>

#include "api/rpc_service.h"

namespace credence::api::kserve {

// REQUIRES: `context` outlives what is returned.
std::vector<RpcEndpoint> RpcMethods(RpcContext& context);

}  // namespace credence::api::kserve
