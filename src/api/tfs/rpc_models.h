// What TensorFlow Serving's gRPC tells of models: metadata and status.
#pragma once

#include <vector>

#include "api/rpc_service.h"

namespace credence::api::tfs {

// PredictionService.GetModelMetadata and ModelService.GetModelStatus; Classify and Regress, which
// are refused as TensorFlow Serving refuses models that have no such signature.
// REQUIRES: `context` outlives what is returned.
std::vector<RpcEndpoint> ModelMethods(RpcContext& context);

}  // namespace credence::api::tfs
