// Connected parts of a picture's ink, and which of them are its object.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "image/pixels.h"

namespace credence::image {

// A rectangle of whole pixels; right and bottom are exclusive.
struct Box {
  int left = 0, top = 0, right = 0, bottom = 0;

  int width() const { return right - left; }
  int height() const { return bottom - top; }
  int longest() const { return width() > height() ? width() : height(); }
  friend bool operator==(const Box&, const Box&) = default;
};

// The smallest box around both.
Box Union(const Box& a, const Box& b);

// Pixels between two boxes along the axis where they are farther apart; 0 when they touch.
int Gap(const Box& a, const Box& b);

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

  bool empty() const { return box.width() <= 0; }
};

// Chooses the strongest component, those that reach the border counting less, and the parts that
// belong to it: strong enough beside it, and near. Specks under `side_px_min` are no object.
void ChooseObject(const Components& components, int side_px_min, Object& out);

}  // namespace credence::image
