// Calibrate learns everything that a version needs to say how far to believe it: the value range of
// the model's input, how its pictures are framed, and the reliability profile.
//
// Assumes:  labelled pictures that the model was not trained on, drawn like those it will serve.
// Guarantees: fitting/fit.h.
// Deterministic for a model that is: the same files, options and seed give the same profile.
// Threads: pure but for `progress`, on the caller's thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "calibration/learn_framing.h"
#include "calibration/progress.h"
#include "data/dataset.h"
#include "fitting/choose_scaling.h"
#include "fitting/fit.h"
#include "image/input_contract.h"
#include "model/model.h"
#include "predictor/golden.h"
#include "predictor/similar.h"
#include "predictor/version_files.h"

namespace credence::calibration {

struct CalibrateOptions {
  std::uint64_t seed = 0;  // split, corrupted copies, folds
  // See fitting::FitOptions.
  std::optional<double> risk = {}, reliable_share = {}, class_risk = {};
  double cost = reliability::kCostDefault;
  std::map<std::string, double> class_cost = {};  // of some classes, by their names
  double foreign_share = 0.01;
  fitting::FieldOptions fields = {};
  int samples = 10;  // passes a picture, 1..64, if the model answers at random
  image::DecodeLimits decode_limits = {};
  predictor::ContractOverrides flags = {};  // what the user says instead of what is learned
  // What input.json has: range, fit and labels; the rest is learned. Without a range, if an earlier
  // calibration chose that one.
  predictor::ContractOverrides version = {};
  std::string creator = {};                       // "credence 0.1.0"
  std::string created = {};                       // RFC 3339, UTC
  std::map<std::string, std::string> given = {};  // options as the user wrote them, for provenance
  Progress progress = {};
};

// Who said which value range the model wants.
enum class RangeFrom : std::uint8_t { kFound, kVersion, kFlag };

struct Calibration {
  reliability::Profile profile;  // provenance.model_files is the caller's to set
  fitting::FitReport report;
  fitting::ScalingChoice scaling;  // its rows: profile.scaling_table
  RangeFrom range_from = RangeFrom::kFound;
  std::optional<reliability::ScalingRow> better_range;  // than the version's: kDoubtMargin
  bool other_order = false;  // the model's classes are the data's in alphabetical order: 1, 10, 2
  LearnedFraming framing;
  std::size_t blank = 0;          // pictures without content, which were left out
  std::size_t doubtful = 0;       // left out, too: image::Adapted::doubtful
  image::InputContract contract;  // what was learned, with the flags over it
  // What the model was loaded with, and its channel order: the flags over input.json.
  predictor::ContractOverrides input;
  predictor::KnownPictures known;  // for explanations
  std::vector<image::Pixels> golden_candidates;
  predictor::Golden golden;  // the caller's to make of the candidates; no inputs: none is written
  std::vector<std::string> warnings;
};

// Errors: kInvalidArgument - fewer than 100 rows (those left out do not count), a label that is
// none of
//                     the model's classes, or flags that do not fit the model;
//         kFailedPrecondition - the model does not predict these labels under any known scaling,
//                     or gives NaN or ±inf; kTooLarge - over kPictureBytesMax;
//         a picture that cannot be read; kInternal - the engine failed.
Result<Calibration> Calibrate(const std::shared_ptr<const model::Model>& model,
                              const data::Dataset& dataset, const CalibrateOptions& options);

}  // namespace credence::calibration
