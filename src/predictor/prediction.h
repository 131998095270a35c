// Prediction is the answer about one picture.
#pragma once

#include <optional>
#include <vector>

#include "predictor/similar.h"
#include "reliability/field.h"
#include "reliability/signals.h"
#include "reliability/verdict.h"

namespace credence::predictor {

inline constexpr std::size_t kSimilarShown = 3;

// What the verdict was made from, for people; see words.h.
struct Explanation {
  reliability::Signals standardised = reliability::NoSignals();  // 0: as usual; below: worse
  std::vector<Similar> similar;  // the nearest calibration pictures, if the version keeps any
};

// Reuse one object a thread: its vectors keep their capacity.
struct Prediction {
  int label = 0;        // index of the predicted class
  float raw_score = 0;  // the model's own score of that class, untouched
  reliability::Verdict verdict = reliability::Verdict::kUnassessed;
  // That the input is of the known kind and the answer right, 0..1; none without a profile.
  std::optional<float> confidence;
  std::optional<float> p_correct;    // that it is right, if of the known kind
  std::optional<float> familiarity;  // conformal p-value, 0..1; none without a profile
  // The smallest certified error rate of answers like this one; none: the answer passes no
  // threshold.
  std::optional<float> certified_risk;
  std::optional<float> class_risk;  // that of the reliable answers of its class, if certified
  reliability::Reasons reasons;     // why the verdict is not `reliable`
  // Class indices, 95 % coverage; empty without a profile, and of an `unfamiliar` answer.
  std::vector<int> prediction_set;
  std::vector<float> prediction;   // [classes], sums to 1: calibrated, raw without a profile
  std::vector<float> uncertainty;  // [classes]: variance over samples, or p (1 - p)
  reliability::FieldPart part;     // for fields; means nothing without a profile
  std::optional<Explanation> explanation;  // if asked for, and there is a profile
};

}  // namespace credence::predictor
