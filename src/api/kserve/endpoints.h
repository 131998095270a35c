// The endpoints of KServe's V2 REST protocol, also called the Open Inference Protocol: /v2/….
#pragma once

#include <vector>

#include "api/endpoint.h"

namespace credence::api::kserve {

// REQUIRES: `context` outlives what is returned.
std::vector<Endpoint> Endpoints(ThreadContext& context);

}  // namespace credence::api::kserve
