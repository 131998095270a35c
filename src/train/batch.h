// MakeBatch copies rows of the examples into tensors of libtorch, varied if asked for.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "data/augment.h"
#include "train/examples.h"

namespace credence::train {

// The streams of the seed that an epoch uses: this one for itself, the 2^40 - 1 after it for its
// rows.
constexpr std::uint64_t EpochStream(int epoch) { return static_cast<std::uint64_t>(epoch) << 40; }

// How the pictures of an epoch are varied. Seed, epoch and row alone decide what is done to a row;
// neither its batch nor an interruption changes it.
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
