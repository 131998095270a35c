// Compares the confidence and the familiarity with other scores of the same answers, the baselines:
// temperature scaling, the raw maximum softmax, the energy of the logits, the nearest known
// picture, P(correct) without familiarity, and for a model that answers at random the variance of
// the predicted class over the passes. Threads: pure functions.
#pragma once

#include "calibration/evaluate.h"

namespace credence::calibration {

// Fills `comparisons`. draws: of the labelled rows.
void CompareWithBaselines(const fitting::Bootstrap& draws, Evaluation& evaluation);

// Fills the comparisons of a foreign set. own: the labelled rows; draws: of both.
void AddForeignBaselines(std::span<const fitting::CardRow> own, const fitting::Bootstrap& draws,
                         Foreign& foreign);

// Says in plain sentences where a baseline is better, as far as the intervals can tell, and where
// ordinary pictures are called unfamiliar too often.
void AddBaselineWarnings(double alpha_unfamiliar, const fitting::Bootstrap& draws,
                         Evaluation& evaluation);

// Fills `other` and adds its comparison, from the same data assessed with another profile.
// foreign: in the order of evaluation.foreign. Rows that are valid in one only are left out.
void CompareWithProfile(const Assessed& own, const std::vector<Assessed>& foreign,
                        const reliability::Profile& profile, const std::string& name,
                        Evaluation& evaluation);

}  // namespace credence::calibration
