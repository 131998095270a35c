// GET /v1/live. Confined to the thread of the context.
#pragma once

#include <vector>

#include "api/endpoint.h"

namespace credence::api::live {

// Empty when the environment has no `live`. REQUIRES: `context` outlives the handlers.
std::vector<Endpoint> Endpoints(ThreadContext& context);

}  // namespace credence::api::live
