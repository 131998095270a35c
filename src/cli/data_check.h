// CheckData looks at a data set before `calibrate` or `evaluate` does anything with it: pictures
// that cannot be read, and pictures that the version was trained or calibrated on.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/measure.h"
#include "data/dataset.h"
#include "data/picture_hash.h"

namespace credence::cli {

struct CheckedData {
  data::UsedPictures pictures;        // of the data set, without the unreadable ones
  std::vector<std::string> warnings;  // for the report
};

// Reads every picture once, and leaves out of `dataset` those that cannot be read.
//
// Training's digest is that of input.json, its pictures are in TrainingPictures(version), where
// `credence train` made the version; of others nothing is known.
// Errors: LeaveOutBad's; kFailedPrecondition - more than 1 % of the pictures are such that the
//         version was trained on, and flags.i_know is not set.
Result<CheckedData> CheckData(const std::filesystem::path& version, const DataFlags& flags,
                              data::Dataset& dataset);

// Leaves unreadable pictures out of a set that is not about the version: --ood.
Result<void> CheckForeign(const DataFlags& flags, data::Dataset& dataset);

// Where a version keeps which pictures its profile was fitted on.
std::filesystem::path CalibrationPictures(const std::filesystem::path& version);

// A warning for a report on `pictures`, if some of them are such that the profile was fitted on and
// it is not the same set. profile_digest: its data's.
std::vector<std::string> CalibrationOverlap(const std::filesystem::path& version,
                                            const std::string& profile_digest,
                                            const data::UsedPictures& pictures);

}  // namespace credence::cli
