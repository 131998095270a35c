// Scaling is how levels of a picture become the numbers that the model wants. A plain value.
#pragma once

#include <array>
#include <string>

namespace credence::reliability {

// A level v (0..255) of channel c becomes ((inverted ? 255 - v : v) / 255 - mean[c]) / sd[c].
struct Scaling {
  std::string name = "0..1";  // "0..1", "0..255", "-1..1", "standardised", or the user's own
  std::array<double, 3> mean = {0, 0, 0};
  std::array<double, 3> sd = {1, 1, 1};
  bool inverted = false;

  friend bool operator==(const Scaling&, const Scaling&) = default;
};

}  // namespace credence::reliability
