// Writes what calibration found into the version: input.json, the profile, and what belongs to it.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "calibration/calibrate.h"

namespace credence::calibration {

// Returns the new text of input.json: `before` (its text, empty when there was none) with
// background, framing, object, range and labels set to what was found. Keeps other keys, e.g. fit
// and provenance. Errors: kDataLoss - `before` is no JSON object.
Result<std::string> UpdateInputJson(const std::string& before, const Calibration& calibration);

// Writes each file atomically, the profile first. The profile has the text of input.json, so that
// the new calibration counts as soon as the profile is there. Until the known pictures and the
// golden inputs are there, too, the version serves without them. REQUIRES:
// calibration.profile.provenance.model_files is ModelFingerprint(version). Errors: kUnavailable -
// the disk; kDataLoss - as above.
Result<void> Save(const std::filesystem::path& version, const Calibration& calibration);

}  // namespace credence::calibration
