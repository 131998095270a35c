// How requests of GRPCInferenceService name a model. Pure.
#pragma once

#include <string>

#include "api/tensor/select.h"
#include "base/result.h"
#include "serving/catalog.h"
#include "serving/request.h"

namespace credence::api::kserve {

// Sets the selector. `version` is empty or digits.
// Errors: kInvalidArgument - no name, or another version.
Result<void> ReadName(const std::string& name, const std::string& version,
                      serving::Selector& selector);

// The version so named. Errors: also those of tensor::FindVersion.
Result<serving::VersionPtr> Find(const serving::Catalog& catalog, const std::string& name,
                                 const std::string& version);

}  // namespace credence::api::kserve
