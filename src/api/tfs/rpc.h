// TensorFlow Serving by gRPC: tensorflow.serving.PredictionService and ModelService.
#pragma once

#include <vector>

#include "api/rpc_service.h"

namespace credence::api::tfs {

// REQUIRES: `context` outlives what is returned.
std::vector<RpcEndpoint> RpcMethods(RpcContext& context);

}  // namespace credence::api::tfs
