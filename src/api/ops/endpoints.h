// The endpoints of the server itself: health, metrics, drift, its description.
#pragma once

#include <vector>

#include "api/endpoint.h"

namespace credence::api::ops {

// REQUIRES: `context` outlives what is returned.
std::vector<Endpoint> Endpoints(ThreadContext& context);

}  // namespace credence::api::ops
