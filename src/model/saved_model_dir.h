// Checks of a SavedModel folder that need no engine. Reads files.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "model/signature.h"

namespace credence::model {

// Reads DIR/saved_model.pb and checks that the variables of its graph are there.
// Errors: kNotFound - no saved_model.pb; kFailedPrecondition - it may not be read; kDataLoss - damaged, or variables/ is missing;
//         kInvalidArgument - not exported for serving; kTooLarge. The message starts with `dir`.
Result<SavedModelInfo> ReadSavedModelDir(const std::filesystem::path& dir);

// Checks that the engine can serve `signature`: "serving_default", or the only one there is.
// Errors: kInvalidArgument - no signature of that name; kUnimplemented - the engine would take
//         another. The message lists those there are.
Result<void> CheckSignature(const SavedModelInfo& info, const std::string& signature);

}  // namespace credence::model
