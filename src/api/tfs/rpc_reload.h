// Another model configuration by gRPC.
#pragma once

#include <vector>

#include "api/rpc_service.h"

namespace credence::api::tfs {

// ModelService.HandleReloadConfigRequest: answers when every model that is new serves, or fails.
// REQUIRES: `context` outlives what is returned.
std::vector<RpcEndpoint> ReloadMethods(RpcContext& context);

}  // namespace credence::api::tfs
