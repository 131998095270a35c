// The endpoints of TensorFlow Serving's REST API: /v1/models/….
#pragma once

#include <vector>

#include "api/endpoint.h"

namespace credence::api::tfs {

// REQUIRES: `context` outlives what is returned.
std::vector<Endpoint> Endpoints(ThreadContext& context);

}  // namespace credence::api::tfs
