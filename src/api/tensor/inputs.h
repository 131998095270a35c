// From the named tensors of a request, whatever protocol brought them, to what a predictor takes.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/recycled.h"
#include "base/result.h"
#include "model/tensor.h"
#include "predictor/input.h"
#include "predictor/predictor.h"

namespace credence::api::tensor {

// A tensor as it came: numbers or texts.
struct SentTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  bool text = false;
  model::DataType type = model::DataType::kFloat32;  // of numbers
  std::vector<std::byte> data;                       // likewise; row-major, little-endian
  // Texts, as many as the shape has elements. Borrowed: whoever asks keeps them until the answer is
  // there.
  std::vector<std::span<const std::uint8_t>> texts;

  void Clear();  // keeps the buffers
};
using SentTensors = Recycled<SentTensor>;

// How an answer's outputs are to look.
struct Fit {
  // [n] was sent for [-1, 1]: an output that ends in an axis of 1 is given back without it.
  bool drop_last_axis = false;
};

// Adds to `inputs` what the tensors mean to `predictor`, and takes their buffers.
//   a picture classifier: an input a row. Texts are picture files. Shapes that hold the same rows
//     are accepted: without a last axis of 1, without the batch axis, or with the picture's axes as
//     one.
//   any other model: one input. [n] is accepted for [-1, 1].
// Numbers become the model's type when each is the same number there; floats may be rounded.
// Errors: kInvalidArgument - a name that is unknown, missing or sent twice; a type or shape that
//         does not fit, with expected and got; kTooLarge - too many rows or pictures.
Result<Fit> MakeInputs(SentTensors& sent, const predictor::Predictor& predictor,
                       Recycled<predictor::Input>& inputs);

// Makes `tensor` one of `type`. REQUIRES: its data has the length that type and shape say.
// Errors: kInvalidArgument - a number that the type does not have.
Result<void> ConvertTo(model::DataType type, SentTensor& tensor);

}  // namespace credence::api::tensor
