// Evaluate measures a version with its profile on labelled pictures that calibration has not seen,
// and on pictures that are not the model's business.
//
// Threads: pure but for `progress`, on the caller's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "calibration/progress.h"
#include "data/dataset.h"
#include "image/input_contract.h"
#include "model/model.h"
#include "reliability/profile.h"
#include "reliability/report_card.h"

namespace credence::calibration {

// One data set, assessed.
struct Assessed {
  std::vector<reliability::CardRow> rows;  // label -1: unlabelled
  std::size_t invalid = 0;                 // pictures whose model output was not finite; left out
  std::string digest;
};

struct Foreign {
  std::string name;
  std::size_t invalid = 0;
  reliability::ForeignCard card;
};

struct Evaluation {
  reliability::ReportCard card;
  double mean_confidence = 0;  // of P(correct); equals the accuracy when it is right on average
  std::size_t invalid = 0;
  bool calibration_data = false;  // the very rows that the profile was fitted on
  std::vector<Foreign> foreign;
};

// Runs the model over the set with the profile's range, logit rule and passes, and assesses each
// row. `contract` is the version's; its range does not matter.
// Errors: kFailedPrecondition - the profile does not fit the model; those of ReadPictures;
//         kInternal - the engine failed.
Result<Assessed> AssessDataset(const model::Model& model, const reliability::Profile& profile,
                               const image::InputContract& contract, const data::Dataset& dataset,
                               const Progress& progress);

// labelled: every row has a label of the model's. Errors: kInvalidArgument - a row has none;
// kFailedPrecondition - no row has a finite model output; AssessDataset's.
Result<Evaluation> Evaluate(const model::Model& model, const reliability::Profile& profile,
                            const image::InputContract& contract, const data::Dataset& labelled,
                            const std::vector<data::Dataset>& foreign, const Progress& progress);

}  // namespace credence::calibration
