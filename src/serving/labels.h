// Version labels: names for the versions of a predictor, such as "stable" and "canary".
//
// They come from three places; where two name the same label, the later in this list counts:
// predictor.json beside the versions, --label, the admin API.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "serving/canary.h"

namespace credence::serving {

using Labels = std::map<std::string, std::int64_t, std::less<>>;

// Whether `text` may be a label: a letter, then up to 63 of A-Z a-z 0-9 _ . -
bool IsLabel(std::string_view text);

// What predictor.json says; docs/operations.md has its keys.
struct PredictorFile {
  Labels labels;
  std::optional<CanaryConfig> canary;
  // What is wrong with "canary"; empty: nothing. The labels hold all the same: without them the
  // newest version, the canary, would answer everybody.
  std::string canary_error;
};

// Errors: kDataLoss - not a JSON object; kInvalidArgument - an unknown key, label or value, naming
//         it. At most 100 labels.
Result<PredictorFile> ParsePredictorFile(std::string_view text);

// Reads FOLDER/predictor.json; what an empty file would say when there is none.
// Errors: as ParsePredictorFile, naming the file; kTooLarge - over 1 MiB; kDataLoss - unreadable.
Result<PredictorFile> ReadPredictorFile(const std::filesystem::path& folder);

// --label NAME:LABEL=NUMBER
struct LabelFlag {
  std::string predictor, label;
  std::int64_t version = 1;
};
Result<LabelFlag> ParseLabelFlag(const std::string& text);

// Where the labels of one predictor come from.
struct LabelSources {
  Labels file;  // the last predictor.json that could be read
  Labels flags;
  std::map<std::string, std::optional<std::int64_t>> admin;  // nullopt: removed

  friend bool operator==(const LabelSources&, const LabelSources&) = default;
};

// The version that each label is to point to.
Labels Combine(const LabelSources& sources);

}  // namespace credence::serving
