// CardRow is one assessed row with its label: what report cards are made of.
// Threads: pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "reliability/assess.h"
#include "reliability/prediction_set.h"
#include "reliability/verdict.h"

namespace credence::fitting {

struct CardRow {
  std::int32_t label = 0;
  std::int32_t predicted = 0;
  double confidence = 0;      // P(correct)
  double scaled_softmax = 0;  // largest probability after temperature scaling
  double max_softmax = 0;     // largest raw softmax
  // Probability of the label and Σ_k (p_k - [k is the label])², calibrated and raw; NaN:
  // unlabelled.
  double label_probability = 0, squared_error = 0;
  double raw_label_probability = 0, raw_squared_error = 0;
  // Minus the variance of the predicted class's probability over the passes; NaN for one pass.
  double steadiness = std::numeric_limits<double>::quiet_NaN();
  std::int32_t second_opinion = -1;  // the pixel model's class; -1: there is none
  double unfamiliarity = 0;          // u
  double familiarity = 0;            // p
  reliability::Verdict verdict = reliability::Verdict::kUncertain;
  std::array<std::size_t, reliability::kCoverageLevels.size()> set_size = {};
  std::array<bool, reliability::kCoverageLevels.size()> set_covers = {};  // holds the label

  int correct() const { return label == predicted ? 1 : 0; }
};

// logits: as given to Assess. REQUIRES: assessment.valid.
CardRow MakeCardRow(const reliability::Assessment& assessment, std::span<const float> logits,
                    std::int32_t label);

}  // namespace credence::fitting
