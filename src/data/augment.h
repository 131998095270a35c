// Augment varies a training picture as hands and cameras do. Pure: the same random state gives the
// same picture.
#pragma once

#include "base/random.h"
#include "image/pixels.h"

namespace credence::data {

// Each value is the largest amount. The actual one is drawn evenly from -amount to amount; 0: none.
struct Augmentation {
  double rotate_deg = 0;       // 0..90, about the middle
  double scale_share = 0;      // 0..0.9: width and height, each by itself
  double shift_px = 0;         // each direction by itself
  double shear = 0;            // 0..1: sideways px a px of height
  double elastic_px = 0;       // smooth local displacement
  double elastic_cell_px = 8;  // 2..: distance between independent displacements
  double thickness_px = 0;     // 0..1: light strokes grow or shrink by up to this many px
  double gamma = 0;  // 0..3: levels, as a share of 255, to the power of exp(-gamma..gamma)

  bool any() const {
    return rotate_deg != 0 || scale_share != 0 || shift_px != 0 || shear != 0 || elastic_px != 0 ||
           thickness_px != 0 || gamma != 0;
  }
};

// Shift, rotation, scale, shear and elastic displacement in one resampling (bilinear; what comes in
// from outside repeats the border), then thickness, then gamma. `out` gets the shape of `in`. The
// same random state gives the same picture.
// REQUIRES: `out` is not `in`; `in` is not empty.
void Augment(const image::Pixels& in, const Augmentation& augmentation, Random& random,
             image::Pixels& out);

}  // namespace credence::data
