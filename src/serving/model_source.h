// ModelSource is a predictor that a configuration names, wherever its versions lie.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "serving/repository.h"
#include "serving/version_policy.h"

namespace credence::serving {

struct ModelSource {
  std::string name;
  std::filesystem::path base;  // a folder of numbered versions, a SavedModel or a model file
  VersionPolicy versions = {};
};

// The predictors at the sources' bases, under the sources' names, which are distinct. A base that
// is not there, or holds no model, leaves a note.
Found ScanSources(const std::vector<ModelSource>& sources);

}  // namespace credence::serving
