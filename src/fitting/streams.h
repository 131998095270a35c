// The sub-streams of the user's seed: each use of random numbers in a fit has its own.
// Threads: pure.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace credence::fitting {

// Values are part of what makes a profile reproducible.
enum class Stream : std::uint64_t {
  kSplit = 0,
  kCopies = 1,
  kFolds = 2,
  kBank = 3,
  kPasses = 4,
  kRepresentatives = 5,
  kBootstrap = 6,
  kFields = 7,
  kScaling = 8
};

constexpr std::uint64_t StreamSeed(std::uint64_t seed, Stream stream) {
  return SubSeed(seed, static_cast<std::uint64_t>(stream));
}

}  // namespace credence::fitting
