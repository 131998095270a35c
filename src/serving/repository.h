// What is on disk: finds the versions of each predictor, and decides which to serve.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace credence::serving {

struct FoundVersion {
  std::int64_t version = 1;    // 1 .. 2^31-1
  std::filesystem::path path;  // a SavedModel directory, an .onnx or an .xml file
};

struct FoundPredictor {
  std::string name;
  std::vector<FoundVersion> versions;  // highest first, not empty
};

// Finds predictors under `path`, sorted by name. `path` is one of
//   a repository as TensorFlow Serving lays it out:  NAME/VERSION/saved_model.pb
//   a folder of bare SavedModels or model files:     NAME/saved_model.pb, NAME.onnx, NAME.xml
//   one SavedModel (or one predictor's folder of numbered versions), or one model file
// Entries that are none of these, and names that start with '.', are passed over. At most 1000
// predictors and 1000 versions each.
// Errors: kNotFound - no such path, or no model in it: the message says what was looked for.
Result<std::vector<FoundPredictor>> Scan(const std::filesystem::path& path);

// Which versions of a predictor to serve.
struct VersionPolicy {
  enum class Kind { kLatest, kAll, kSpecific } kind = Kind::kLatest;
  int count = 1;              // kLatest: how many of the highest
  std::vector<int> versions;  // kSpecific
};

// "latest", "latest:N", "all" or a comma list of numbers.
Result<VersionPolicy> ParseVersionPolicy(const std::string& text);

// The indices into `versions` (highest first) to try, in that order, and how many of them to serve:
// under kLatest a version that fails to load leaves its place to the next lower one.
struct VersionPlan {
  std::vector<std::size_t> candidates;
  std::size_t serve_max = 0;
};
VersionPlan PlanVersions(const std::vector<FoundVersion>& versions, const VersionPolicy& policy);

}  // namespace credence::serving
