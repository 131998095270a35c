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
  NumberRange range{};
  std::optional<NumberSpan> misfit;  // set: the numbers are in no known range
};

// Reads any h x w, h x w x 1, 3 or 4; a leading batch axis of 1; flat lists of the contract's size
// or of a square.
// Errors: kInvalidArgument - another shape, naming it.
Result<void> ReadNumbers(const Numbers& numbers, const image::InputContract& contract,
                         NumberPicture& out);

// The model's tensor of numbers that it can take as they are, without rounding: those in its own
// range bit for bit, others by the affine map between the ranges. Clears `tensor` when `canonical`
// differs from the picture (it was framed, inverted, resized, …) or the numbers are in no range.
void WriteExact(const Numbers& numbers, const NumberPicture& picture,
                const image::InputContract& contract, const image::Pixels& canonical,
                std::vector<std::byte>& tensor);

}  // namespace credence::predictor
