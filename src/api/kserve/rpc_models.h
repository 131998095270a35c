// What GRPCInferenceService tells of the server and its models.
#pragma once

#include <vector>

#include "api/rpc_service.h"

namespace credence::api::kserve {

// REQUIRES: `context` outlives what is returned.
std::vector<RpcEndpoint> ModelMethods(RpcContext& context);

}  // namespace credence::api::kserve
