// MakeBatch lays rows of the examples out as libtorch's tensors, varied where training wants it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "data/augment.h"
#include "train/examples.h"

namespace credence::train {

// The random numbers of an epoch: this stream of the seed is its own, the 2^40 - 1 after it its
// rows'.
constexpr std::uint64_t EpochStream(int epoch) { return static_cast<std::uint64_t>(epoch) << 40; }

// How the pictures of an epoch are varied. What is done to a row follows from seed, epoch and row
// alone: neither its batch nor an interruption changes it.
struct Variation {
  data::Augmentation augmentation;
  std::uint64_t seed = 0;
  int epoch = 1;  // from 1
};

struct Batch {
  at::Tensor pictures;  // float32 [n, channels, height, width], 0..1; channels last in memory
  at::Tensor labels;    // int64 [n]
};

// Throws what libtorch throws. REQUIRES: each row is one of the examples'.
Batch MakeBatch(const Examples& examples, std::span<const std::int64_t> rows,
                const Variation& variation = {});

}  // namespace credence::train
