// A picture that was sent as numbers: which shape they stand for, which levels they mean.
// Threads: pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.h"
#include "image/adapt.h"
#include "image/input_contract.h"
#include "image/pixels.h"
#include "predictor/input.h"
#include "predictor/number_range.h"

namespace credence::predictor {

struct NumberPicture {
  image::Pixels pixels;        // rounded to 8 bits
  image::Adaptation origin{};  // kArray, with the range as recognised
  bool reshaped = false;       // the numbers came in another shape than the picture's
  NumberRange range{};
  std::optional<NumberSpan> misfit;  // set: the numbers are in no known range
};

// Reads any h x w, h x w x 1, 3 or 4; a leading batch axis of 1; flat lists of the contract's size
// or of a square. Numbers that are as many as the contract's picture has, in another shape, such as
// 784 x 1 or 56 x 14 for 28 x 28, were most likely flattened or turned on their way: they are taken
// for that picture, row by row, if numbers.reshape.
// Errors: kInvalidArgument - such a shape without numbers.reshape; several of the contract's
// pictures
//         (n x 784, n x 28 x 28, unless n x 784 is a square); channels first; no picture's shape.
//         Each says what came and what is expected.
Result<void> ReadNumbers(const Numbers& numbers, const image::InputContract& contract,
                         NumberPicture& out);

// The model's tensor of numbers that it can take as they are, without rounding: those in its own
// range bit for bit, others by the affine map between the ranges. Clears `tensor` when `canonical`
// differs from the picture (it was framed, inverted, resized, …) or the numbers are in no range.
void WriteExact(const Numbers& numbers, const NumberPicture& picture,
                const image::InputContract& contract, const image::Pixels& canonical,
                std::vector<std::byte>& tensor);

}  // namespace credence::predictor
