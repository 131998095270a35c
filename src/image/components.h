// Connected parts of a picture's ink, which of them are its object, and what else could be one.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/box.h"
#include "image/pixels.h"

namespace credence::image {

struct Component {
  Box box;
  int area = 0;               // px
  int edges = 0;              // sides of its pixels that lie at its outline
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
  // Other objects of comparable size, strongest first; at most kOthersMax.
  std::vector<Box> others;

  bool empty() const { return box.empty(); }
};

inline constexpr std::size_t kOthersMax = 64;

// Chooses the strongest component, those that reach the border counting less, and the parts that
// belong to it: strong enough beside it, and near it or near such a part. Specks under
// `side_px_min` are no object. What is left is put together in the same way and is another object
// when its longest side is at least half of the object's, it is drawn as strongly and in strokes of
// such a width, and it is no ruling, no frame around the object and no shadow: nothing long and
// thin, nothing that surrounds the object, nothing that reaches two sides of the picture.
void ChooseObject(const Components& components, int side_px_min, Object& out);

}  // namespace credence::image
