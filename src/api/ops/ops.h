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

// Appends {"status":"ready"} or why not; returns the HTTP status, 200 or 503.
int Readiness(const serving::Catalog& catalog, bool draining, std::string& out);

// Appends {"default": …, "predictors": [{name, versions: [{version, state, …}]}]}.
void DescribeCatalog(const serving::Catalog& catalog, std::string& out);

}  // namespace credence::api::ops
