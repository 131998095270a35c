// ReadInputRange finds out which numbers a graph wants from what it does to its input first.
#pragma once

#include <optional>

#include <openvino/core/model.hpp>

#include "image/input_contract.h"

namespace credence::model {

// Follows the input through changes of shape and type, and through additions and multiplications of
// constants (Rescaling, Normalization, x / 255, mean and standard deviation), to the first other
// operation. They say what black and white are if they bring one of 0..1, 0..255 and -1..1 to the
// size that networks work with, and no other.
//   uint8 and other integers, or a cast to one:   0..255
//   int8 whose zero point is -128:                -128..127
//   float x / 255, x / 127.5 - 1:                 0..255
//   float (x - 0.485) / 0.229, 2 x - 1, x * 255:  0..1
//   float x - 123.7:                              0..255
//   float (x + 0.1) / 0.6:                        -1..1
//   a quantisation of the input from 0..1, 0..255 or -1..1: that
// Returns nullopt when they say nothing, or different things of different channels.
// REQUIRES: one input. OpenVINO's exceptions may pass through.
std::optional<image::ValueRange> ReadInputRange(const ov::Model& model);

// Of y = scale x + offset: the range of x by the rules above; for tests.
std::optional<image::ValueRange> RangeOfAffine(double scale, double offset);

}  // namespace credence::model
