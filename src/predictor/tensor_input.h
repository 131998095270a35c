// Inputs that are the model's own tensors. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/recycled.h"
#include "base/result.h"
#include "image/input_contract.h"
#include "model/model.h"
#include "predictor/answer.h"
#include "predictor/input.h"

namespace credence::predictor {

// "this model takes no picture: …; send its tensors …"
Error TakesNoPicture(const model::ModelInfo& info);

// One tensor for each of info.inputs, in that order and with its type.
// Errors: kInvalidArgument - one is missing, unknown, or has another type or shape: expected and
//         got.
Result<void> ReadTensors(const Tensors& sent, const model::ModelInfo& info,
                         std::vector<model::Tensor>& out);

// The tensor of one picture, [1, …] or without the leading axis. It goes into answer.tensor as it
// is; answer.adapted gets what its levels would be, which reliability is assessed from, and
// answer.misfit its numbers' span when they are outside the model's range.
// Errors: as ReadTensors.
Result<void> ReadPictureTensor(const Tensors& sent, const model::ModelInfo& info,
                               const image::InputContract& contract, Answer& answer);

// Splits the batch [n, …] of a picture classifier's tensors into n inputs of one picture each;
// leaves everything else as it is.
// Errors: kTooLarge - over `rows_max` of them; kInvalidArgument - no rows at all.
Result<void> SplitRows(const model::ModelInfo& info, std::size_t rows_max, Recycled<Input>& inputs);

}  // namespace credence::predictor
