// What /metrics shows of the server at the moment it is asked.
#pragma once

#include "api/environment.h"
#include "cli/serve_security.h"
#include "http/server.h"

namespace credence::cli {

// `environment` and `server` outlive the metrics' last Text.
void AddGauges(const api::Environment& environment, const http::Server& server);

// When the certificates in force expire; nothing without TLS. `security` outlives it, too.
void AddCertificateGauge(const Security& security, metrics::Metrics& metrics);

}  // namespace credence::cli
