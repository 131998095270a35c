// How much of what a picture shows lies inside of the object that was cut out of it. A picture of
// an object has its edges in the object; where most lie elsewhere, a piece was cut out of a scene.
//
// Threads: pure; the scratch is confined to the caller's thread.
#pragma once

#include <cstdint>
#include <vector>

#include "image/box.h"
#include "image/colour.h"

namespace credence::image {

struct ContentShareScratch {
  std::vector<std::uint8_t> row, above;
};

// The share of the picture's gradient (sum over pixels of the absolute differences to the left and
// to the upper one) that lies in `object` widened by 5 % of its longer side, at least 2 px; 1 for a
// picture without any. One pass over the picture. REQUIRES: view.channels() == 1.
double ContentShare(const ColourView& view, const Box& object, ContentShareScratch& scratch);

// Less than this of it in the object: the object is not what the picture is of.
inline constexpr double kContentShareMin = 0.5;

}  // namespace credence::image
