// A checkpoint holds what a training run needs to continue after an epoch: weights, the optimiser's
// state, the best weights so far and the record of the epochs. It holds no state of random numbers:
// each epoch has streams of its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "train/trainer.h"

namespace torch::optim {
class Optimizer;
}

namespace credence::train {

// Of one run, after some epochs. Borrows the network and the optimiser.
struct RunState {
  Net& net;
  torch::optim::Optimizer& optimiser;
  std::vector<at::Tensor>& best;  // parameters, then buffers; empty before the first epoch
  std::vector<EpochRecord>& epochs;
};

// `run` says which run this is: data, recipe, seed. The file appears in one step.
// Errors: kUnavailable - it cannot be written.
Result<void> SaveCheckpoint(const std::filesystem::path& file, const std::string& run,
                            const RunState& state);

// Errors: kDataLoss - damaged; kFailedPrecondition - of another `run`.
Result<void> LoadCheckpoint(const std::filesystem::path& file, const std::string& run,
                            RunState& state);

}  // namespace credence::train
