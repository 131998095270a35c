// Evaluate measures a version with its profile on labelled pictures that calibration has not seen,
// and on pictures that are not the model's business. What it judges are the predictor's answers:
// each picture goes the way of a request.
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
#include "fitting/breakdown.h"
#include "fitting/make_report_card.h"
#include "image/pixels.h"
#include "predictor/load.h"
#include "reliability/profile.h"
#include "reliability/report_card.h"

namespace credence::calibration {

// A picture worth looking at.
struct Exhibit {
  std::string name;       // what to call it: its file, or its row
  image::Pixels picture;  // as the model saw it
  fitting::CardRow row;
};

// One data set, assessed. Rows whose model output was not finite are left out.
struct Assessed {
  std::string name;                    // the data set's
  std::vector<fitting::CardRow> rows;  // label -1: unlabelled
  std::vector<std::int64_t> numbers;   // [rows]: each one's number in its split
  std::vector<std::string> reasons;    // [rows]: codes, separated by blanks
  std::vector<float> probabilities;    // [rows, K], calibrated
  std::size_t invalid = 0;             // rows left out
  std::string digest;
  std::vector<Exhibit> mistakes;   // wrong answers, the most confident first; labelled rows only
  std::vector<Exhibit> strangest;  // the least familiar first
  std::vector<Exhibit> trusted;    // the most confident of those not called unfamiliar
};

// How P(correct) does beside another score of the same answers.
struct Comparison {
  std::string name;
  reliability::ConfidenceQuality quality;
  // P(correct)'s minus this one's, with the 95 % interval of a paired bootstrap.
  reliability::ConfidenceQuality difference;
};

// The same rows with another profile.
struct OtherProfile {
  std::string name;
  reliability::ReportCard card;
  std::vector<fitting::ForeignCard> foreign;  // in the order of Evaluation::foreign
};

struct ForeignComparison {
  std::string name;
  fitting::ForeignScore score;
};

struct Foreign {
  Assessed assessed;
  fitting::ForeignCard card;                   // rows = 0 when no output was finite
  std::vector<ForeignComparison> comparisons;  // in the order of Evaluation::comparisons
};

// What the report says about the profile.
struct ProfileFacts {
  reliability::Provenance provenance;
  double temperature = 1;
  double risk = 0, risk_error = 0;                             // certified; 0 without a threshold
  std::optional<double> threshold;                             // P(correct) of `reliable`
  double unfamiliar_above = 0, somewhat_unfamiliar_above = 0;  // u, beyond which p <= α_u, p <= α_r
  std::size_t passes = 1;
};

struct Evaluation {
  ProfileFacts profile;
  Assessed assessed;
  reliability::ReportCard card;
  fitting::Breakdown breakdown;
  double mean_confidence = 0;     // of P(correct); equals the accuracy when it is right on average
  bool calibration_data = false;  // the very rows that the profile was fitted on
  std::vector<std::string> class_names;  // [K]
  std::vector<std::string> warnings;     // sentences for people
  std::vector<Foreign> foreign;
  std::vector<Comparison> comparisons;  // empty when none was asked for
  std::optional<OtherProfile> other;
};

struct EvaluateRequest {
  const predictor::Loaded& version;
  const data::Dataset& labelled;
  const std::vector<data::Dataset>& foreign;
  bool compare = false;  // with the scaled and the raw softmax, and the variance of the passes
  const predictor::Loaded* other = nullptr;  // and with the same model's other profile
  std::string other_name = {};               // what to call it
  Progress progress = {};
};

// Lets the version answer about each row.
// Errors: those of PreparedRows; kInternal - the engine failed. REQUIRES: it has a profile.
Result<Assessed> AssessDataset(const predictor::Loaded& version, const data::Dataset& dataset,
                               const Progress& progress);

// labelled: every row has a label of the model's. Errors: kInvalidArgument - a row has none;
// kFailedPrecondition - no row has a finite model output; AssessDataset's.
// REQUIRES: `version` and `other` have profiles.
Result<Evaluation> Evaluate(const EvaluateRequest& request);

}  // namespace credence::calibration
