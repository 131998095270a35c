// What /metrics shows of the server at the moment it is asked.
#pragma once

#include "http/server.h"
#include "metrics/metrics.h"
#include "serving/predict.h"

namespace credence::cli {

// `core` and `server` outlive `metrics`' last Text.
void AddGauges(metrics::Metrics& metrics, const serving::Core& core, const http::Server& server);

}  // namespace credence::cli
