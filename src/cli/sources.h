// Models that a configuration names, wherever they lie, instead of a folder of them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "api/other_names.h"
#include "base/log.h"
#include "base/result.h"
#include "security/watched_files.h"
#include "serving/lifecycle.h"

namespace CLI {
class App;
}

namespace credence::cli {

struct SourceFlags {
  std::vector<std::string> sources;  // NAME=PATH; empty entries are passed over
  std::string config_file;           // of TensorFlow Serving's form
  long config_poll_s = 0;            // how often to look whether it has changed; 0: on SIGHUP only
  std::string monitoring_file;       // likewise; empty: none
  std::vector<std::string> metric_names;  // tfs, triton; empty entries are passed over
};
void AddSourceFlags(CLI::App& verb, SourceFlags& flags);

// Adds to plan.sources and plan.labels, and says on standard error what is passed over.
// plan.versions is what sources without a policy have. Errors: kInvalidArgument - no NAME=PATH, a
// name twice; those of ReadModelConfig; kNotFound.
Result<void> PlanSources(const SourceFlags& flags, serving::RepositoryOptions& plan);

// What the names that were asked for, and the monitoring file, want to be counted and shown.
// Errors: kNotFound; kInvalidArgument - the file is broken.
Result<api::OtherMetrics> PlanOtherMetrics(const SourceFlags& flags);

// The model configuration file of a server that runs. Confined to one thread.
class ModelConfigFile {
 public:
  // `plan`: as it was before PlanSources.
  ModelConfigFile(SourceFlags flags, serving::RepositoryOptions plan);

  // How often to call Look; nullopt: it need not be called.
  std::optional<std::chrono::milliseconds> period() const;
  // Serves what the file names, if it has changed; what is broken changes nothing and is logged.
  void Look(serving::Lifecycle& lifecycle, Log& log);

 private:
  SourceFlags flags_;
  serving::RepositoryOptions plan_;
  security::WatchedFiles watched_;
};

}  // namespace credence::cli
