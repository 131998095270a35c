// Pictures in JSON: nested numbers, or base64 of a picture file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/adapt.h"
#include "image/pixels.h"

namespace credence::api::native {

// The numbers of a JSON array with their shape, outermost first; at most 5 axes.
struct NumberArray {
  std::vector<int> shape;
  std::vector<float> values;
};

// What size a flat list of numbers may be meant for.
struct ExpectedSize {
  int height = 0, width = 0, channels = 0;
};

// Numbers as pixels: any h x w, h x w x 1, 3 or 4; a leading batch axis of 1; flat lists of the
// expected size or of a square. Values 0..1 (when none exceeds 1) or 0..255, rounded to 8 bits;
// `origin` reports which.
// Errors: kInvalidArgument - another shape, or values outside 0..255, naming both.
Result<void> ToPixels(const NumberArray& numbers, const ExpectedSize& expected,
                      image::Pixels& pixels, image::Adaptation& origin);

// Decodes base64 (RFC 4648, padded; line breaks and a "data:…;base64," prefix are passed over).
// Errors: kInvalidArgument.
Result<std::vector<std::uint8_t>> DecodeBase64(std::string_view text);

// Appends the base64 of `bytes`.
void EncodeBase64(std::span<const std::uint8_t> bytes, std::string& out);

}  // namespace credence::api::native
