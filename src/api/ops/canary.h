// The canary of a predictor, for operators.
#pragma once

#include <string>

#include "serving/canary_watch.h"

namespace credence::api::ops {

// Appends the answer of GET /v1/predictors/{name}/canary.
// `watch` null: there are no canaries.
// Errors: kNotFound - the predictor has had no canary since the start.
Result<void> Canary(serving::CanaryWatch* watch, const std::string& predictor, std::string& out);

}  // namespace credence::api::ops
