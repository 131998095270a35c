// Augment varies a training picture as hands and cameras do: pure, seeded, no state.
#pragma once

#include <cstdint>

#include "data/random.h"
#include "image/pixels.h"

namespace credence::data {

// Each value is a largest amount; what is done is drawn evenly from -amount to amount. 0: not done.
// The defaults suit 28 x 28 digits.
struct AugmentOptions {
  double rotate_deg = 12;       // 0..90, about the middle
  double scale_share = 0.10;    // 0..0.9: width and height, each by itself
  double shift_px = 2;          // each direction by itself
  double shear = 0.15;          // 0..1: sideways px a px of height
  double elastic_px = 0;        // smooth local displacement
  double elastic_cell_px = 8;   // 2..: distance between independent displacements
  double thickness_px = 0;      // 0..1: light strokes grow or shrink by up to this many px
  std::uint8_t background = 0;  // level of what comes in from outside
};

// Shift, rotation, scale, shear and elastic displacement in one resampling (bilinear), then
// thickness. `out` gets the shape of `in`. The same random state gives the same picture.
// REQUIRES: `out` is not `in`; `in` is not empty.
void Augment(const image::Pixels& in, const AugmentOptions& options, Random& random,
             image::Pixels& out);

}  // namespace credence::data
