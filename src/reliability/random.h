// Reproducible random numbers: the same on every machine, addressed by (seed, index) without state.
//
// Draw i of the stream with seed s is SplitMix64's output after i + 1 steps from s (Steele, Lea and
// Flood, "Fast splittable pseudorandom number generators", 2014). The user's seed is the only
// entropy; each use takes its own sub-stream.
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace credence::reliability {

// Sub-streams of the user's seed. Values are part of what makes a profile reproducible.
enum class Stream : std::uint64_t { kSplit = 0, kCopies = 1, kFolds = 2, kBank = 3, kPasses = 4 };

std::uint64_t Draw(std::uint64_t seed, std::uint64_t index);

// In [0, 1), 53 random bits.
double Uniform(std::uint64_t seed, std::uint64_t index);

// Standard normal number `index`, taken from the draws `first_draw` + 2 index and the one after it.
double Normal(std::uint64_t seed, std::uint64_t index, std::uint64_t first_draw = 0);

std::uint64_t SubSeed(std::uint64_t seed, std::uint64_t index);
std::uint64_t SubSeed(std::uint64_t seed, Stream stream);

// The indices 0 .. n - 1 in random order.
std::vector<std::size_t> Permutation(std::uint64_t seed, std::size_t n);

}  // namespace credence::reliability
