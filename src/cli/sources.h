// Models that a configuration names, wherever they lie, instead of a folder of them.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "serving/lifecycle.h"

namespace CLI {
class App;
}

namespace credence::cli {

struct SourceFlags {
  std::vector<std::string> sources;  // NAME=PATH; empty entries are passed over
  std::string config_file;           // of TensorFlow Serving's form
  std::string monitoring_file;       // likewise
};
void AddSourceFlags(CLI::App& verb, SourceFlags& flags);

// Adds to plan.sources and plan.labels, and says on standard error what is passed over.
// plan.versions is what sources without a policy have. Errors: kInvalidArgument - no NAME=PATH, a
// name twice; those of ReadModelConfig; kNotFound.
Result<void> PlanSources(const SourceFlags& flags, serving::RepositoryOptions& plan);

}  // namespace credence::cli
