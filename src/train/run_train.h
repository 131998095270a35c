// RunTrain is `credence train`: data in, a servable version out.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "data/dataset.h"
#include "data/picture_source.h"
#include "data/slice.h"
#include "image/input_contract.h"
#include "train/saved_model_writer.h"
#include "train/trainer.h"

namespace credence::train {

struct TrainOptions {
  std::filesystem::path data;  // what data::Open takes
  std::filesystem::path out;   // the repository; made where it is missing
  std::string name;            // of the predictor; empty: the data folder's name
  std::string recipe = "default";
  std::string split;                         // to train on; empty: "train" where there are several
  data::Slice rows;                          // of that split
  data::Layout layout = data::Layout::kAny;  // these four: data::OpenOptions, LoadExamplesOptions
  bool transpose = false;
  std::optional<int> first_label;
  std::int64_t bad_files_max = 0;
  std::optional<int> epochs;  // else the recipe's
  std::optional<int> batch;
  std::optional<double> learning_rate;
  std::optional<int> patience_epochs;
  std::optional<int> side_px;                       // pictures are brought to side x side
  image::Framing framing = image::Framing::kWhole;  // how they are brought to it
  double validation_share = 1.0 / 12;               // of each class, held out by the seed
  std::uint64_t seed = 1;
  int threads = 1;
  bool resume = false;
  InputElement element = InputElement::kFloat32;
  std::string tool;                                 // for the provenance: "credence-train 0.1.0"
  data::DecodeFunction decode;                      // for picture files
  std::function<void(const std::string&)> on_note;  // one line for the user
  std::function<void(const Progress&)> on_progress;
  std::function<void(const EpochRecord&)> on_epoch;
  const std::atomic<bool>* stop = nullptr;
};

// options.name, or the data folder's.
std::string PredictorName(const TrainOptions& options);

struct TrainOutcome {
  std::filesystem::path version;  // its directory
  Trained trained;
  std::optional<Quality> test;  // where the data has a test split that was not trained on
  std::int64_t parameters = 0;
};

// Trains, tests once, and writes OUT/NAME/N. Keeps the checkpoint in OUT/NAME/.training and deletes
// it when the version is written; training.jsonl beside it grows by a line per epoch.
// Errors: kInvalidArgument - the validation share; those of LoadExamples, PlanNet, Train and
// WriteVersion.
Result<TrainOutcome> RunTrain(const TrainOptions& options, const Clock& clock);

}  // namespace credence::train
