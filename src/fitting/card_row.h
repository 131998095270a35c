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
  std::int32_t group = -1;    // rows with the same number belong together; -1: with no other
  double p_correct = 0;       // P(correct), if the input is of the known kind
  double confidence = 0;      // the published one
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

  // The smallest certified risk that the answer passes; NaN: none.
  double certified_risk = std::numeric_limits<double>::quiet_NaN();
  // Rivals of u as signs of the familiar; larger is more familiar. NaN: the model has no features.
  double energy = 0, nearness = 0;
  double log_odds = 0;  // m
  // Something was found on the picture's way to the model; such rows do not certify.
  bool doubtful = false;

  int correct() const { return label == predicted ? 1 : 0; }
};

// logits: as given to Assess. REQUIRES: assessment.valid.
CardRow MakeCardRow(const reliability::Assessment& assessment, std::span<const float> logits,
                    std::int32_t label);

}  // namespace credence::fitting
