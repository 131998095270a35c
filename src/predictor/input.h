// Input is what a predictor is asked about, whatever protocol brought it.
#pragma once

#include <variant>
#include <vector>

#include "image/decode.h"
#include "model/tensor.h"

namespace credence::predictor {

// The bytes of a picture file. Borrowed: whoever asks keeps them until the answer is there.
struct EncodedPicture {
  image::Bytes file;
};

// A picture as numbers, in a range that is recognised (number_range.h).
struct Numbers {
  std::vector<int> shape;     // outermost first: [height, width], [height, width, channels], …
  std::vector<float> values;  // row-major; their count is the product of `shape`
  // Numbers that are as many as the model's picture has, in another shape, are taken for it.
  bool reshape = false;
};

// A picture that is decoded already: answered as a lossless file of it would be. Borrowed, as
// above.
struct DecodedPicture {
  const image::Pixels* pixels = nullptr;
};

// The model's own tensors, which go in bit for bit.
struct Tensors {
  std::vector<model::Tensor> all;
  // The elements are float64, as JSON has them, and become what the model takes; a tensor without a
  // name is the model's only input.
  bool untyped = false;
};

using Input = std::variant<EncodedPicture, Numbers, DecodedPicture, Tensors>;

// The alternative of that type, made if `input` holds another, kept with its buffers if not.
template <class Kind>
Kind& Become(Input& input) {
  if (Kind* held = std::get_if<Kind>(&input)) return *held;
  return input.emplace<Kind>();
}

}  // namespace credence::predictor
