// Connected parts of a picture's ink, and which of them are its object.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "image/box.h"
#include "image/pixels.h"

namespace credence::image {

struct Component {
  Box box;
  int area = 0;               // px
  std::int64_t strength = 0;  // sum of levels
  int sides_touched = 0;      // 0..4 sides of the picture
};

struct Components {
  std::vector<Component> parts;
  std::vector<int> label;  // per pixel: index into parts, or -1
};

// Finds the 8-connected parts of pixels whose level is > threshold.
void FindComponents(const Pixels& levels, int threshold, Components& out);

struct Object {
  std::vector<bool> chosen;  // per component
  Box box;                   // of the chosen ones; empty: no content
  int sides_touched = 0;     // of the main one

  bool empty() const { return box.empty(); }
};

// Chooses the strongest component, those that reach the border counting less, and the parts that
// belong to it: strong enough beside it, and near. Specks under `side_px_min` are no object.
void ChooseObject(const Components& components, int side_px_min, Object& out);

}  // namespace credence::image
