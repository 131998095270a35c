// MeasureContract finds out how the training pictures were prepared, so that the server can prepare
// what it is sent in the same way. Pure.
#pragma once

#include "image/input_contract.h"
#include "train/examples.h"

namespace credence::train {

// Looks at up to 2,000 pictures, evenly spread. When nearly all lie on one uniform background, with
// an object of one size in the middle: framing kObject, its share of the side, how it is centred
// and its stroke width. Otherwise kWhole, and a background only where it is uniform. Size, channels
// and range (0..1) are the examples' own.
image::InputContract MeasureContract(const Examples& examples);

}  // namespace credence::train
