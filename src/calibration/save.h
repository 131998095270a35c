// Writes what calibration found into the version: input.json, the profile, and what belongs to it.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "calibration/calibrate.h"

namespace credence::calibration {

// input.json as it is to be: `before` (its text, empty when there was none) with background,
// framing, object, range and labels set to what was found. Other keys are kept, e.g. fit and
// provenance. Errors: kDataLoss - `before` is no JSON object.
Result<std::string> UpdateInputJson(const std::string& before, const Calibration& calibration);

// Each file is written atomically, the profile first: it keeps the text of input.json, so that a
// version answers by the new calibration from the moment the profile is there; it serves without
// the known pictures and golden inputs until they are. REQUIRES:
// calibration.profile.provenance.model_files is ModelFingerprint(version). Errors: kUnavailable -
// the disk; kDataLoss - as above.
Result<void> Save(const std::filesystem::path& version, const Calibration& calibration);

}  // namespace credence::calibration
