// Compares P(correct) with other scores of the same answers.
// Threads: pure functions.
#pragma once

#include "calibration/evaluate.h"

namespace credence::calibration {

// Fills `comparisons`, here and of every foreign set: temperature scaling, the raw maximum softmax,
// and for a model that answers at random the variance of the predicted class over the passes, which
// only ranks.
void CompareWithSoftmax(Evaluation& evaluation);

// Fills `other` and adds its comparison, from the same data assessed with another profile.
// foreign: in the order of evaluation.foreign. Rows that are valid in one only are left out.
void CompareWithProfile(const Assessed& own, const std::vector<Assessed>& foreign,
                        const reliability::Profile& profile, const std::string& name,
                        Evaluation& evaluation);

}  // namespace credence::calibration
