// Resizing equal to Pillow's: a triangle filter, widened by the ratio when the picture shrinks.
//
// Threads: pure functions; ResizeScratch is confined to the caller's thread.
#pragma once

#include <cstdint>
#include <vector>

#include "image/colour.h"
#include "image/input_contract.h"
#include "image/pixels.h"

namespace credence::image {

// A part of a picture, px; its corners may lie between pixels.
struct Region {
  double left = 0, top = 0, right = 0, bottom = 0;
};

// One output pixel's neighbours along one side, as weights that sum to 1 in fixed point.
struct FilterBank {
  std::vector<int> first;             // per output: index of the first input
  std::vector<int> count;             // per output: number of inputs
  std::vector<std::int32_t> weights;  // [outputs, taps_max]
  int taps_max = 0;
};

struct ResizeScratch {
  FilterBank across, down;
  std::vector<std::uint8_t> row;
  std::vector<std::uint8_t> narrowed;  // [rows in, width out, channels]
};

// Writes `region` of `view` at width x height to `out`, bit for bit as Pillow's
// `resize((width, height), BILINEAR, box=region)`.
// Cost: each input sample is read once; memory beside `out` is rows in x width out.
// REQUIRES: region lies in the view and is not empty; width and height >= 1.
void Resize(const ColourView& view, const Region& region, int width, int height,
            ResizeScratch& scratch, Pixels& out);

// Shrinks `view` by a whole `factor` >= 1: each output is the rounded mean of factor x factor
// pixels, fewer at the right and lower edge.
void BoxReduce(const ColourView& view, int factor, Pixels& out);

// How a whole picture meets another aspect ratio: `region` of the picture is resized to
// width x height and stands at left, top of the target.
struct FitPlan {
  Region region;
  int width = 0, height = 0;
  int left = 0, top = 0;
};

// kStretch: all of the picture to all of the target. kContain: all of the picture, as large as
// fits, in the middle. kCover: the middle of the picture that has the target's aspect ratio.
// REQUIRES: all sizes >= 1.
FitPlan PlanFit(Fit fit, int width, int height, int target_width, int target_height);

}  // namespace credence::image
