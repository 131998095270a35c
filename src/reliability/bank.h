// The feature bank: normalised features of calibration images, searched by cosine distance.
//
// Like "deep nearest neighbours" (Sun et al. 2022) with k = 1, and the ratio to the nearest image
// of another class (Papernot and McDaniel 2018). Threads: pure.
#pragma once

#include <span>

namespace credence::reliability {

// f / (‖f‖ + 1e-12). Fitting and run time share this loop, so that the bank sees a picture's
// features exactly as a request will.
void Normalise(std::span<const float> features, std::span<float> unit);

// Cosine distances, 0 .. 2.
struct Neighbours {
  double nearest = 2;  // δ
  double same = 2;     // δ_same: nearest of the predicted class; 2 when there is none
  double other = 2;    // δ_other
};

}  // namespace credence::reliability
