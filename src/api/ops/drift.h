// The drift detector of a version, for operators.
#pragma once

#include <string>

#include "serving/catalog.h"

namespace credence::api::ops {

// Appends the answer of GET and POST /v1/predictors/{name}/drift; `reset` starts it anew first.
// Errors: kFailedPrecondition - the version has no profile to measure drift against.
Result<void> Drift(const serving::Version& version, bool reset, std::string& out);

// Sets the drift gauges of every served version to what they are now.
void RefreshDriftMetrics(const serving::Catalog& catalog);

}  // namespace credence::api::ops
