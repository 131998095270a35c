// The model repository extension: what there is, loading, unloading. Loading and unloading are for
// operators: on public listeners they are refused, naming the flag.
#pragma once

#include <vector>

#include "api/endpoint.h"

namespace credence::api::kserve {

// REQUIRES: `context` outlives what is returned.
std::vector<Endpoint> RepositoryEndpoints(ThreadContext& context);

}  // namespace credence::api::kserve
