// Prediction is the answer about one picture.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace credence::predictor {

enum class Verdict { kUnassessed, kReliable, kUncertain, kUnfamiliar };
std::string_view VerdictName(Verdict verdict);  // "unassessed", …

// Why the verdict is not "reliable": a stable code and a sentence for people. Static storage.
struct Reason {
  std::string_view code;      // "several_classes_plausible"
  std::string_view sentence;  // "More than one class fits this picture."
};

// Reuse one object a thread: its vectors keep their capacity.
struct Prediction {
  int label = 0;        // index of the predicted class
  float raw_score = 0;  // the model's own score of that class, untouched
  Verdict verdict = Verdict::kUnassessed;
  std::optional<float> confidence;   // P(correct), 0..1; none without a profile
  std::optional<float> familiarity;  // conformal p-value, 0..1; none without a profile
  std::vector<Reason> reasons;       // at most 4
  std::vector<int> prediction_set;   // class indices; empty without a profile
  std::vector<float> prediction;     // [classes], sums to 1: calibrated, raw without a profile
  std::vector<float> uncertainty;    // [classes]: variance over samples, or p (1 - p)
};

}  // namespace credence::predictor
