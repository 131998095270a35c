// The shapes of the digits, and pens that draw them.
#pragma once

#include <vector>

#include "base/random.h"

namespace credence::data {

struct Point {
  double x = 0, y = 0;  // right, down
};

// A dot of the pen on its way; between two dots lies a straight capsule.
struct PenDot {
  Point at;
  double radius = 0;
};

using Stroke = std::vector<PenDot>;  // at least two dots

struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;
};

// One way of writing `digit`, with jitter, slant, turn and pen, at the size of about 1 x 1.
std::vector<Stroke> WriteDigit(int digit, Random& random);

// The strokes' bounds, pen included.
Box Bounds(const std::vector<Stroke>& strokes);

// Coverage 0..1 of each pixel of a width x height picture, into `out` (resized): strokes at
// `scale` pixels a unit, the unit's origin at `origin` pixels; edges `softness` pixels wide.
struct Placement {
  double scale = 1;
  Point origin;
  double softness_px = 1;
};
void Render(const std::vector<Stroke>& strokes, const Placement& placement, int width, int height,
            std::vector<float>& out);

}  // namespace credence::data
