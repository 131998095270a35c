// Prediction is the answer about one picture.
#pragma once

#include <optional>
#include <vector>

#include "predictor/similar.h"
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
  std::optional<float> confidence;   // P(correct), 0..1; none without a profile
  std::optional<float> familiarity;  // conformal p-value, 0..1; none without a profile
  reliability::Reasons reasons;      // why the verdict is not `reliable`
  std::vector<int> prediction_set;   // class indices, 95 % coverage; empty without a profile
  std::vector<float> prediction;     // [classes], sums to 1: calibrated, raw without a profile
  std::vector<float> uncertainty;    // [classes]: variance over samples, or p (1 - p)
  std::optional<Explanation> explanation;  // if asked for, and there is a profile
};

}  // namespace credence::predictor
