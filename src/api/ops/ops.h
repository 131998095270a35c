// Answers for operators: health, readiness, metrics, the API's description. Pure but for Metrics.
#pragma once

#include <string>
#include <string_view>

#include "serving/catalog.h"

namespace credence::api::ops {

// docs/api.md as OpenAPI 3.1, embedded at build time from openapi.json.
std::string_view OpenApi();

// A few lines of plain text for whoever opens the port: what this is and what to call.
std::string_view Welcome();

struct ReadinessOptions {
  serving::ReadyWhen when = serving::ReadyWhen::kDefault;
  bool draining = false;
};
// Appends {"status":"ready"} or why not; returns the HTTP status, 200 or 503.
int Readiness(const serving::Catalog& catalog, const ReadinessOptions& options, std::string& out);

// The same for one predictor: whether it answers a request that names no version.
// Errors: kNotFound - there is no such predictor.
Result<int> PredictorReadiness(const serving::Catalog& catalog, std::string_view name,
                               bool draining, std::string& out);

}  // namespace credence::api::ops
