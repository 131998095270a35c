// What /metrics shows of the server at the moment it is asked.
#pragma once

#include "api/environment.h"
#include "cli/serve_security.h"
#include "http/server.h"

namespace credence::cli {

// All three outlive the metrics' last Text.
void AddGauges(const api::Environment& environment, const http::Server& server,
               const Security& security);

}  // namespace credence::cli
