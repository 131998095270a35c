// The page for people. Confined to the thread of the context.
#pragma once

#include <vector>

#include "api/endpoint.h"

namespace credence::api::page {

// And what versions keep for people: reports and model cards, also when the environment has no
// page. REQUIRES: `context` outlives the handlers.
std::vector<Endpoint> Endpoints(ThreadContext& context);

}  // namespace credence::api::page
