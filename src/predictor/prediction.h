// Prediction is the answer about one picture.
#pragma once

#include <optional>
#include <vector>

#include "reliability/verdict.h"

namespace credence::predictor {

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
};

}  // namespace credence::predictor
