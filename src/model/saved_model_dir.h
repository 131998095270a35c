// Checks of a SavedModel folder that need no engine. Reads files.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "model/signature.h"

namespace credence::model {

// Reads DIR/saved_model.pb and checks that the variables of its graph are there.
// Errors: kNotFound - no saved_model.pb; kFailedPrecondition - it may not be read; kDataLoss -
// damaged, or variables/ is missing;
//         kInvalidArgument - not exported for serving; kTooLarge. The message starts with `dir`.
Result<SavedModelInfo> ReadSavedModelDir(const std::filesystem::path& dir);

// Returns the signature to serve: `asked`, or when that is empty "serving_default", or the only
// one. Errors: kInvalidArgument - there is no such signature; the message lists those there are.
Result<std::string> ChooseSignature(const SavedModelInfo& info, const std::string& asked);

}  // namespace credence::model
