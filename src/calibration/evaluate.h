// Evaluate measures a version with its profile on labelled pictures that calibration has not seen,
// and on pictures that are not the model's business. What it judges are the predictor's answers:
// each picture goes the way of a request.
//
// Threads: pure but for `progress`, on the caller's thread.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "calibration/progress.h"
#include "data/dataset.h"
#include "fitting/breakdown.h"
#include "fitting/fields.h"
#include "fitting/make_report_card.h"
#include "image/pixels.h"
#include "predictor/load.h"
#include "reliability/field.h"
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
  std::string name;                           // the data set's
  std::vector<fitting::CardRow> rows;         // label -1: unlabelled
  std::vector<std::int64_t> numbers;          // [rows]: each one's number in its split
  std::vector<std::string> reasons;           // [rows]: codes, separated by blanks
  std::vector<std::string> names;             // [rows]: what to call each; empty without groups
  std::vector<float> probabilities;           // [rows, K], calibrated
  std::vector<reliability::FieldPart> parts;  // [rows]: what fields are judged from
  std::vector<std::int32_t> torn;             // groups of the rows left out
  std::size_t invalid = 0;                    // rows left out
  std::string digest;
  std::vector<Exhibit> mistakes;   // wrong answers, the most confident first; labelled rows only
  std::vector<Exhibit> strangest;  // the least familiar first
  std::vector<Exhibit> trusted;    // the most confident of those not called unfamiliar
};

// How the confidence does beside another score of the same answers.
struct Comparison {
  std::string name;
  reliability::ConfidenceQuality quality;
  // The confidence's minus this one's, with the 95 % interval of a paired bootstrap.
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
  std::size_t certifying = 0;                                  // rows, one a group
  reliability::VerdictRule rule;                               // thresholds are logits
  double risk = 0, risk_error = 0;                             // of `reliable`; 0: it is never
  std::optional<double> threshold;                             // P(correct) of `reliable`
  double foreign_share = 0;                                    // π
  double unfamiliar_above = 0, somewhat_unfamiliar_above = 0;  // u, beyond which p <= α_u, p <= α_r
  std::size_t passes = 1;
};

// What the profile promises of a class, and what became of it on these rows.
struct ClassCertificate {
  double risk = std::numeric_limits<double>::quiet_NaN();  // NaN: not certified on its own
  std::size_t reliable = 0;                                // answers of this class called reliable
  std::size_t errors = 0;                                  // of them wrong
};

// A group and its rows that are wrong.
struct GroupErrors {
  std::string first;  // what to call its first wrong row
  std::size_t rows = 0, errors = 0, reliable_errors = 0;
};
inline constexpr std::size_t kWorstGroups = 10;

struct Evaluation {
  ProfileFacts profile;
  Assessed assessed;
  reliability::ReportCard card;
  fitting::Breakdown breakdown;
  double mean_confidence = 0;  // equals the accuracy when it is right on average
  double mean_p_correct = 0;
  std::vector<fitting::RungQuality> ladder;    // the profile's certified risks on these rows
  std::vector<ClassCertificate> certificates;  // [K]
  // What became of the lengths of fields that the profile has certificates for. Made or given as
  // they were for it; without those of which these rows make none.
  std::vector<fitting::FieldCard> fields;
  std::vector<GroupErrors> worst_groups;  // at most kWorstGroups, most errors first
  bool calibration_data = false;          // the very rows that the profile was fitted on
  std::vector<std::string> class_names;   // [K]
  std::vector<std::string> warnings;      // sentences for people
  std::vector<Foreign> foreign;
  bool in_full = false;                 // whether people want all figures of the comparisons
  std::vector<Comparison> comparisons;  // with the baselines; then with another profile
  std::optional<OtherProfile> other;
};

struct EvaluateRequest {
  const predictor::Loaded& version;
  const data::Dataset& labelled;
  const std::vector<data::Dataset>& foreign;
  bool in_full = false;                      // see Evaluation
  const predictor::Loaded* other = nullptr;  // to compare with the same model's other profile
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
