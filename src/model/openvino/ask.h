// What only running a model tells. Asked on a few made-up pictures, dark and bright ones.
#pragma once

#include "base/result.h"
#include "model/model.h"

namespace credence::model {

// What the scores are, when no operation of the graph says it:
//   kProbabilities     not negative, and they sum to 1: a softmax that the graph does not show
//   kLogProbabilities  their exponentials do
//   kSigmoids          in 0..1
//   kLogits            anything else
// REQUIRES: info().view is set. Errors: kInternal - the engine failed.
Result<ScoreKind> AskScoreKind(const Model& model);

// Whether the same picture gets other logits in a batch than alone, as it does when a quantisation
// takes its scale from the whole batch. REQUIRES: info().view is set, no random operation.
// Errors: kInternal - the engine failed.
Result<bool> AskBatchMatters(const Model& model);

}  // namespace credence::model
