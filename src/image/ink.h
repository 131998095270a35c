// Ink: how far each pixel of a grey picture stands out from its own background.
//
// The background is estimated locally, because a photographed page is neither white nor evenly lit.
// Threads: pure functions; InkScratch is confined to the caller's thread.
#pragma once

#include <cstdint>
#include <vector>

#include "image/pixels.h"

namespace credence::image {

struct Ink {
  Pixels level;               // [height, width, 1]; 0 background .. 255 as far from it as can be
  bool dark_on_light = true;  // the picture's own polarity
  int background_low = 0;     // darkest and lightest estimate of the background, 0..255
  int background_high = 0;
  int floor = 0;  // levels up to this one are noise; 255 when nothing stands out
};

struct InkScratch {
  Pixels coarse;              // the picture, small
  Pixels background;          // of coarse
  std::vector<bool> covered;  // of coarse: cells that ink covers
  Pixels full_background;     // at the picture's size
};

// Estimates the background of `grey` (1 channel, not empty) by local medians and writes what
// differs from it. Polarity: whether the rarer, stronger differences are darker or lighter.
void FindInk(const Pixels& grey, InkScratch& scratch, Ink& out);

// Writes what differs from the known, even `background` on the side where the contract's ink is:
// lighter than a dark background, darker than a light one.
void FindInkOn(const Pixels& grey, int background, InkScratch& scratch, Ink& out);

// The median of each pixel's neighbourhood of (2 radius + 1)^2, without pixels whose `ignored` is
// set; `in` where everything near is ignored. The radius shrinks, to a quarter, near the border.
// `ignored`: one a pixel of `in`, or empty for none.
void LocalMedian(const Pixels& in, const std::vector<bool>& ignored, int radius, Pixels& out);

// Otsu's threshold of the levels above `floor` in `levels`: those > the threshold are the upper
// class. Returns `floor` when there are none.
int OtsuThreshold(const Pixels& levels, int floor);

}  // namespace credence::image
