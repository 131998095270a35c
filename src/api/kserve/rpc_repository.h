// RepositoryModelLoad and RepositoryModelUnload. They are for operators: without --admin-on-public
// they are refused, as the gRPC port is everybody's.
#pragma once

#include <vector>

#include "api/rpc_service.h"

namespace credence::api::kserve {

// REQUIRES: `context` outlives what is returned.
std::vector<RpcEndpoint> RepositoryMethods(RpcContext& context);

}  // namespace credence::api::kserve
