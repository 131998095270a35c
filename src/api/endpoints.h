// Everything that is served: the endpoints of every folder of api/, one line each.
#pragma once

#include <vector>

#include "api/endpoint.h"

namespace credence::api {

// REQUIRES: `context` outlives what is returned.
std::vector<Endpoint> AllEndpoints(ThreadContext& context);

}  // namespace credence::api
