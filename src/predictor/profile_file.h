// The reliability profile of a version, on disk: assets.extra/credence/reliability.profile.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "image/input_contract.h"
#include "predictor/version_files.h"
#include "reliability/profile.h"

namespace credence::predictor {

// SHA-256 (hex) of each file that makes the model: model::ModelFiles. Keys are paths within the
// version.
// Errors: those of Sha256OfFile and model::ModelFiles.
Result<std::map<std::string, std::string>> ModelFingerprint(const std::filesystem::path& version);

// Where the profile of a version lies; a model file's lies beside it, in FILE.credence/.
std::filesystem::path AssetsOf(const std::filesystem::path& version);

// Reads and checks the profile: checksum, format, and that it was fitted on this very model.
// nullopt: there is none. Errors: those of ReadProfileFile and ModelFingerprint;
// kFailedPrecondition - it was fitted on another model.
Result<std::optional<reliability::Profile>> ReadProfile(const std::filesystem::path& version);

// Where the profile of a version lies.
std::filesystem::path ProfileOf(const std::filesystem::path& version);

// Reads and checks any profile's file: checksum and format, not the model. nullopt: nothing is
// there. Errors: kDataLoss - it is damaged; kFailedPrecondition - another format version; those of
// ReadIfThere.
Result<std::optional<reliability::Profile>> ReadProfileFile(const std::filesystem::path& file);

// Returns what the version says of its input. What calibration found comes from the profile if it
// has a copy, so that a crash between two files never mixes two calibrations; the rest comes from
// input.json.
// Errors: ReadInputJson's; kDataLoss - the profile's copy.
Result<ContractOverrides> VersionInput(const std::filesystem::path& version,
                                       const std::optional<reliability::Profile>& profile);

// Returns the checksum at the end of the version's profile, in hex. Files that belong to a profile
// name it by this. Empty when there is no profile, or one that is too short to have any.
// Errors: kUnavailable, kInvalidArgument - as ReadIfThere's.
Result<std::string> ProfileSeal(const std::filesystem::path& version);
// The same of a profile that is not written yet.
std::string SealOf(const reliability::Profile& profile);

// Names in AssetsOf(version) of what belongs to a profile; see similar.h and golden.h.
inline constexpr char kSimilarName[] = "reliability.similar";
inline constexpr char kGoldenName[] = "golden.inputs";

// Writes the profile atomically: a crash at any moment leaves the old one or the new one. What
// belongs to it is written before and settled after it (sealed_file.h). REQUIRES:
// provenance.model_files is ModelFingerprint(version). Errors: kUnavailable - the disk; the message
// names the file.
Result<void> WriteProfile(const std::filesystem::path& version,
                          const reliability::Profile& profile);

// Writes `text` as AssetsOf(version) / `name`, atomically. For input.json and other small files.
Result<void> WriteAsset(const std::filesystem::path& version, const std::string& name,
                        std::string_view text);

// The profile's scaling as the input contract's value range.
image::ValueRange ToValueRange(const reliability::Scaling& scaling);

}  // namespace credence::predictor
