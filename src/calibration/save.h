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

// Writes each file atomically. The new calibration counts as soon as its profile is there, which
// has the text of input.json: known pictures and golden inputs are written before it, beside those
// in force, and take their place after it. Killed at any moment it leaves the old calibration,
// whole, or the new one. REQUIRES: calibration.profile.provenance.model_files is
// ModelFingerprint(version). Errors: kUnavailable - the disk; kDataLoss - as above.
Result<void> Save(const std::filesystem::path& version, const Calibration& calibration);

}  // namespace credence::calibration
