// Small models for tests, built with OpenVINO and written as IR; and pictures by a formula.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "image/input_contract.h"

namespace credence::model {

// Each takes 8x8 pictures, float32 and grey where nothing else is said; weight i is sin(i + 1) / 8.
enum class TestNet {
  kDense,     // dense 6 relu, dense 4, softmax: the tap has 6 values
  kConvHead,  // [n, 3, 8, 8]: conv 5 relu, conv 1x1 to 4, mean, softmax: the tap has 180 values
  kSigmoid,   // dense 6 relu, dense 1, sigmoid
  kLogits,    // dense 6 relu, dense 4
  kHiddenSoftmax,   // dense 4, exp, divided by its sum
  kUint8Rescaled,   // uint8 [n, 8, 8, 3]: / 255, dense 4, softmax: no trained weight before the tap
  kFixedBatch,      // [2, 8, 8]: dense 6 relu, dense 4, softmax
  kLogSoftmax,      // dense 6 relu, dense 4, log-softmax
  kLogOfSoftmax,    // dense 4, exp, divided by its sum, logarithm
  kManySigmoids,    // dense 4, sigmoid
  kHiddenSigmoids,  // dense 4, then 1 / (1 + e^-z)
  kQuantisedSoftmax,  // dense 4, softmax, rounded to eighths
  kWrongAxis,         // dense 4 as [n, 1, 4], softmax over the axis of 1: all ones
  kFlat,              // [n, 64]: dense 4, softmax
  kInt8,              // int8: (x + 128) / 255, dense 4, softmax
  kBatchScale,        // divided by the largest value of the batch, dense 4, softmax
  kTwoHeads,          // two outputs of class scores: served as tensors
  kOneValue,          // dense 1: served as tensors, unless it is said what it is
  kFreeSides,         // [n, -1, -1, 3]: served as tensors, unless the sides are said
};

// Writes the net as DIR/net.xml and net.bin; returns the path of the former.
std::filesystem::path WriteIr(TestNet net, const std::filesystem::path& dir);

// Level i of picture `seed` is (37 i + 101 seed + i i mod 11 * seed) mod 256; as float that / 255.
// tests/conformance/pictures.py is the same formula.
void FillPicture(image::ElementType element, unsigned seed, std::span<std::byte> picture);

}  // namespace credence::model
