// A rectangle of whole pixels. Threads: a value.
#pragma once

#include <algorithm>

namespace credence::image {

struct Box {
  int left = 0, top = 0, right = 0, bottom = 0;  // right and bottom are exclusive

  int width() const { return right - left; }
  int height() const { return bottom - top; }
  int longest() const { return std::max(width(), height()); }
  bool empty() const { return width() <= 0 || height() <= 0; }
  friend bool operator==(const Box&, const Box&) = default;
};

// The smallest box around both. REQUIRES: at least one is not empty.
inline Box Union(const Box& a, const Box& b) {
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right),
          std::max(a.bottom, b.bottom)};
}

inline Box Intersection(const Box& a, const Box& b) {
  return {std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
          std::min(a.bottom, b.bottom)};
}

// `box` with `px` more on each side.
inline Box Grown(const Box& box, int px) {
  return {box.left - px, box.top - px, box.right + px, box.bottom + px};
}

// Pixels between two boxes along the axis where they are farther apart; 0 when they touch.
inline int Gap(const Box& a, const Box& b) {
  return std::max({b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom, 0});
}

}  // namespace credence::image
