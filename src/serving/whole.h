// CheckWhole says whether a version's model files are all there, before an engine opens them.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace credence::serving {

// `version`: a SavedModel folder, an .onnx or an .xml file.
//   SavedModel  saved_model.pb parses; each shard of variables/ has the length that its tensors
//               need
//   .xml        its .bin is there and not empty
//   .onnx       the files that its tensors refer to are there, and long enough
// Errors: kDataLoss - a file is missing, damaged or cut short, naming it; those of
//         model::ReadSavedModelDir and model::CheckVariables.
Result<void> CheckWhole(const std::filesystem::path& version);

}  // namespace credence::serving
