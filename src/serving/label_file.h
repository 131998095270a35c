// Changes the labels in predictor.json, the file beside the versions of a predictor.
//
//   {"schema": 1, "labels": {"stable": 3, "canary": 4}, "canary": {…}}
//
// Everything else in the file stays as it is, also what this build does not know.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace credence::serving {

struct LabelChange {
  std::string label;
  std::optional<std::int64_t> version;  // nullopt: the label goes
};

// The file's text after the changes; `text` empty: there was none. Threads: pure.
// Errors: kDataLoss - not a JSON object, or labels that are none; kFailedPrecondition - another
//         schema than 1.
Result<std::string> ChangeLabels(std::string_view text, std::span<const LabelChange> changes);

// Reads FOLDER/predictor.json, changes it and writes it atomically.
// Errors: ChangeLabels's, naming the file; kUnavailable - the disk.
Result<void> WriteLabels(const std::filesystem::path& folder, std::span<const LabelChange> changes);

// The version that a label names in FOLDER/predictor.json; nullopt: none.
// Errors: as WriteLabels.
Result<std::optional<std::int64_t>> ReadLabel(const std::filesystem::path& folder,
                                              std::string_view label);

}  // namespace credence::serving
