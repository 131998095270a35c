// Placement says where the content of a picture lies. Calibration learns its spread over the
// model's data; a picture of the model's size whose content lies elsewhere is framed.
//
// Threads: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "image/input_contract.h"
#include "image/pixels.h"

namespace credence::image {

// One value for each of PlacementMeasure, as a share of the picture's shorter side.
using Placement = std::array<float, kPlacementMeasures>;

// "longest_side", "box_x", "box_y", "mass_x", "mass_y": as input.json has them.
std::string_view PlacementName(std::size_t measure);

// Where that lies which differs from `background`. All values are 0 for a constant picture.
// REQUIRES: `grey` has 1 channel and is not empty.
Placement PlacementOf(const Pixels& grey, int background);

// Whether each value of `placement` is in the range that `spread` has for it.
bool IsWithin(const ObjectSpread& spread, const Placement& placement);

}  // namespace credence::image
