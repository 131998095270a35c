// Pictures in JSON: nested numbers, or base64 of a picture file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/input_contract.h"
#include "predictor/predictor.h"

namespace credence::api::native {

// The numbers of a JSON array with their shape, outermost first; at most 5 axes.
struct NumberArray {
  std::vector<int> shape;
  std::vector<float> values;
};

// Numbers as the picture's pixels: any h x w, h x w x 1, 3 or 4; a leading batch axis of 1; flat
// lists of the contract's size or of a square. The range of the values is recognised and they are
// rounded to 8 bits (predictor/number_range.h); `origin` reports which, `misfit` that it is none.
// Errors: kInvalidArgument - another shape, naming it.
Result<void> ToPixels(const NumberArray& numbers, const image::InputContract& contract,
                      predictor::Picture& picture);

// Decodes base64 (RFC 4648, padded; line breaks and a "data:…;base64," prefix are passed over).
// Errors: kInvalidArgument.
Result<std::vector<std::uint8_t>> DecodeBase64(std::string_view text);

// Appends the base64 of `bytes`.
void EncodeBase64(std::span<const std::uint8_t> bytes, std::string& out);

}  // namespace credence::api::native
