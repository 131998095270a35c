// The endpoints of the native API: predictions, and what is served.
#pragma once

#include <vector>

#include "api/endpoint.h"

namespace credence::api::native {

// REQUIRES: `context` outlives what is returned.
std::vector<Endpoint> Endpoints(ThreadContext& context);

}  // namespace credence::api::native
