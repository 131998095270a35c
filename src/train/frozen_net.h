// FrozenNet is a trained network as plain numbers: batch norm folded, ready to be written.
#pragma once

#include <variant>
#include <vector>

#include "train/net_spec.h"

namespace credence::train {

struct FrozenConv {
  int kernel = 0, inputs = 0, filters = 0;
  Padding padding = Padding::kValid;
  std::vector<float> weights;  // [kernel, kernel, inputs, filters], row-major
  std::vector<float> bias;     // [filters]
};
struct FrozenPool {};
struct FrozenDense {
  int inputs = 0, units = 0;
  std::vector<float> weights;  // [inputs, units], row-major; a map is flattened as [h, w, channels]
  std::vector<float> bias;     // [units]
};
using FrozenLayer = std::variant<FrozenConv, FrozenPool, FrozenDense>;

// Every layer but pools and the last is followed by ReLU; the last is the head, a FrozenDense that
// gives the logits.
struct FrozenNet {
  Shape input;
  std::vector<FrozenLayer> layers;
};

}  // namespace credence::train
