// The trial of a version: a child process loads it before this one does. A model that crashes the
// engine, never ends or takes too much memory costs that child, and is refused.
//
// Small models are loaded in full, self-test included; of large ones the graph is read, which is
// where damaged files strike, and nothing compiled, which would cost as much as the load itself.
// What only fails, with an error, passes: the load that follows says why. A calibrated version
// whose files are still those that `calibrate` ran needs no trial: calibration was one.
// Threads: thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "predictor/load.h"

namespace CLI {
class App;
}

namespace credence::cli {

struct TrialLimits {
  std::chrono::seconds time_max{120};
  std::uint64_t bytes_max = 0;  // of the child's memory; 0: 2 GiB and 12 times the model's files
};

class Trial {
 public:
  Trial(ModelFlags flags, TrialLimits limits) : flags_(std::move(flags)), limits_(limits) {}

  // What has passed is not tried again while its files are the same.
  // Errors: kDataLoss - the engine crashed on it, or did not end in time; kTooLarge - it needs too
  //         much memory; kUnavailable - no child could be started, or `stop` was requested.
  Result<void> operator()(const predictor::VersionPlace& place, const std::stop_token& stop);

 private:
  const ModelFlags flags_;
  const TrialLimits limits_;
  Guarded<std::set<std::string>> passed_;  // places with the stamps of their files
};

// The verb that the child runs; not listed.
Run AddTryLoad(CLI::App& app);

}  // namespace credence::cli
