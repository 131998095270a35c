// Train fits a network to examples by a recipe.
//
// Deterministic: the same build, examples, recipe, seed and thread count give the same weights, bit
// for bit, whether or not the run was interrupted and resumed.
// Checkpoint: written after each epoch in one step (write beside, rename), so that a killed run
//             loses at most one epoch.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "data/hold_out.h"
#include "train/examples.h"
#include "train/net.h"
#include "train/recipe.h"

namespace credence::train {

struct Quality {
  double loss = 0;      // mean cross-entropy, nats
  double accuracy = 0;  // share, 0..1
};

struct EpochRecord {
  int epoch = 0;             // from 1
  double learning_rate = 0;  // at its end
  Quality train;             // while training, on changed pictures
  Quality validation;
  double images_per_second = 0;
  double seconds = 0;
};

struct Progress {
  int epoch = 0, epochs = 0;         // from 1
  std::int64_t step = 0, steps = 0;  // in the epoch, from 1
  Quality train;                     // of the epoch so far
  double images_per_second = 0;
  double seconds_left = 0;  // of the whole run, estimated
};

struct TrainerOptions {
  std::uint64_t seed = 1;
  int threads = 1;                   // of libtorch, >= 1; another number gives other roundings
  std::filesystem::path checkpoint;  // a file; empty: none is written
  bool resume = false;               // go on from `checkpoint` where there is one
  std::function<void(const Progress&)> on_progress;  // several times a second at most
  std::function<void(const EpochRecord&)> on_epoch;  // also for epochs read from a checkpoint
  const std::atomic<bool>* stop = nullptr;  // set: ends after the batch; the checkpoint stays
};

struct Trained {
  FrozenNet net;  // of the epoch with the best validation accuracy, ties by loss
  int best_epoch = 0;
  Quality validation;  // of `net`
  std::vector<EpochRecord> epochs;
  bool stopped_early = false;  // patience ran out
};

// Trains on split.kept; split.held_out chooses the epoch.
// Errors: kInvalidArgument - the examples do not fit `spec`, or an option is out of range;
//         kFailedPrecondition - the loss is no longer a finite number (the checkpoint keeps
//         the last good epoch), or the checkpoint is of another run;
//         kUnavailable - stopped, or a checkpoint could not be written;
//         kDataLoss - the checkpoint cannot be read.
Result<Trained> Train(const Examples& examples, const data::HoldOut& split, const NetSpec& spec,
                      const Recipe& recipe, const TrainerOptions& options, const Clock& clock);

// Loss and accuracy of a frozen network, computed by libtorch. Errors: kInvalidArgument - shapes.
Result<Quality> Evaluate(const FrozenNet& net, const Examples& examples);

}  // namespace credence::train
