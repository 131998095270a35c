// What can be said of a SavedModel folder before an engine opens it. Reads files; no engine.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "model/signature.h"

namespace credence::model {

// Reads DIR/saved_model.pb and checks that the variables that its graph wants are there.
// Errors: kNotFound - no saved_model.pb; kDataLoss - damaged, or variables/ is missing;
//         kInvalidArgument - not exported for serving; kTooLarge. The message starts with `dir`.
Result<SavedModelInfo> ReadSavedModelDir(const std::filesystem::path& dir);

// Errors: kInvalidArgument - no signature of that name; the message lists those there are.
Result<void> CheckSignature(const SavedModelInfo& info, const std::string& signature);

}  // namespace credence::model
