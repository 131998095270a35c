// Augment changes pictures at random while a network is trained on them.
#pragma once

#include "train/recipe.h"

namespace at {
class Tensor;
}

namespace credence::train {

// pictures: float32 [n, channels, height, width], 0..1. Returns the same shape and range; random
// numbers come from libtorch's generator. Throws what libtorch throws.
at::Tensor Augment(const at::Tensor& pictures, const Augmentation& augmentation);

}  // namespace credence::train
