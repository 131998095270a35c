// Tiny generated examples for this room's tests: which half of the picture is bright.
#pragma once

#include "base/random.h"
#include "train/examples.h"

namespace credence::train {

// rows pictures of side x side px: class 0 bright on the left, 1 on the right, 2 on top.
inline Examples Halves(std::int64_t rows, int side = 8) {
  Examples examples{.shape = {side, side, 1},
                    .levels = {},
                    .labels = {},
                    .classes = {"left", "right", "top"},
                    .source = "generated",
                    .sha256 = "0"};
  Random random(3);
  for (std::int64_t row = 0; row < rows; ++row) {
    const int label = static_cast<int>(row % 3);
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        const bool bright = label == 0 ? x < side / 2 : label == 1 ? x >= side / 2 : y < side / 2;
        examples.levels.push_back(
            static_cast<std::uint8_t>((bright ? 150 : 0) + random.Below(100)));
      }
    }
    examples.labels.push_back(label);
  }
  return examples;
}

}  // namespace credence::train
