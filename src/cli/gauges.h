// What /metrics shows of the server at the moment it is asked.
#pragma once

#include "api/environment.h"
#include "http/server.h"

namespace credence::cli {

// `environment` and `server` outlive the metrics' last Text.
void AddGauges(const api::Environment& environment, const http::Server& server);

}  // namespace credence::cli
