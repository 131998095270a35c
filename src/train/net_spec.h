// NetSpec is the plan of a convolutional network, before there are weights. Pure; no libtorch.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace credence::train {

enum class Padding { kValid, kSame };

// Square kernel, stride 1, then batch norm where asked for, then ReLU.
struct Conv {
  int filters = 0;
  int kernel = 3;  // px, odd
  Padding padding = Padding::kValid;
  bool batch_norm = false;
};
struct MaxPool {};  // 2x2, stride 2; an odd last row or column is left out
// The first one flattens. Then batch norm where asked for, then ReLU.
struct Dense {
  int units = 0;
  bool batch_norm = false;
};
using Layer = std::variant<Conv, MaxPool, Dense>;

// The shape between two layers: a map of height x width x channels or, after the first Dense, a
// vector (height and width are 1).
struct Shape {
  int height = 0, width = 0, channels = 0;
  std::int64_t size() const { return std::int64_t{height} * width * channels; }
};

struct NetSpec {
  Shape input;                // of one picture; levels scaled to 0..1
  std::vector<Layer> layers;  // without the head
  int classes = 0;            // the head: a Dense of so many units without ReLU
};

// The shape that leaves each layer.
// Errors: kInvalidArgument - a map smaller than a kernel or pool, a Conv after a Dense, a size or
//         count out of range; the message names the layer.
Result<std::vector<Shape>> Shapes(const NetSpec& spec);

// Weights, head and batch norm's scale and shift included (its running statistics are not).
// REQUIRES: Shapes(spec) is ok.
std::int64_t CountParameters(const NetSpec& spec);

// "conv 32 5x5, pool, conv 64 3x3, dense 64".
std::string Describe(const NetSpec& spec);

}  // namespace credence::train
