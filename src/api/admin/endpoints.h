// The endpoints of the admin role: served on admin listeners, and on public ones only with
// --admin-on-public.
#pragma once

#include <vector>

#include "api/endpoint.h"

namespace credence::api::admin {

// Those about versions are there only if environment.control is set.
// REQUIRES: `context` outlives what is returned.
std::vector<Endpoint> Endpoints(ThreadContext& context);

}  // namespace credence::api::admin
