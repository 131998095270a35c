// ModelSource is a predictor that a configuration names, wherever its versions lie.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "serving/labels.h"
#include "serving/repository.h"
#include "serving/version_policy.h"

namespace credence::serving {

struct ModelSource {
  std::string name;
  std::filesystem::path base;  // a folder of numbered versions, a SavedModel or a model file
  VersionPolicy versions = {};
};

// What is served, as a configuration that may be replaced names it.
struct Configuration {
  std::vector<ModelSource> sources = {};  // names are distinct
  std::vector<LabelFlag> labels = {};
};

// Those of one predictor.
Labels LabelsOf(std::string_view predictor, const Configuration& configuration);

// The predictors at the sources' bases, under the sources' names, which are distinct. A base that
// is not there, or holds no model, leaves a note.
Found ScanSources(const std::vector<ModelSource>& sources);

}  // namespace credence::serving
