// Random numbers that are the same on every machine, from a seed. Not for secrets.
//
// All are SplitMix64's (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
// 2014). Random is a sequence; the functions below it address numbers by (seed, index) without
// state. Seeded results are part of profiles, data sets and tests: they must never change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace credence {

inline constexpr std::uint64_t kSplitMixStep = 0x9E3779B97F4A7C15U;

// SplitMix64's output function: a bijection that spreads any change of `z` over all 64 bits.
constexpr std::uint64_t Scramble(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

// A sequence of numbers by exact arithmetic, without libm. Thread-compatible.
class Random {
 public:
  // Different streams of one seed are independent of each other.
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0)
      : state_(Scramble(seed + kSplitMixStep) ^ Scramble(stream * kSplitMixStep + 1)) {}

  std::uint64_t Next() { return Scramble(state_ += kSplitMixStep); }

  // Uniform in [0, 1), a multiple of 2^-53.
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }

  // Uniform in 0 .. count - 1. REQUIRES: count > 0.
  std::uint64_t Below(std::uint64_t count);

  // Mean 0, standard deviation 1, within [-6, 6): the sum of twelve uniforms.
  double Normal();

 private:
  std::uint64_t state_;
};

// ---- addressed by (seed, index); pure ----

// Number `index` of the stream: SplitMix64's output after index + 1 steps from `seed`.
constexpr std::uint64_t DrawAt(std::uint64_t seed, std::uint64_t index) {
  return Scramble(seed + (index + 1) * kSplitMixStep);
}

// The seed of sub-stream `index`.
constexpr std::uint64_t SubSeed(std::uint64_t seed, std::uint64_t index) {
  return DrawAt(seed, index);
}

// In [0, 1), 53 random bits.
double UniformAt(std::uint64_t seed, std::uint64_t index);

// Standard normal number `index`, made of the draws `first_draw` + 2 index and the one after it.
double NormalAt(std::uint64_t seed, std::uint64_t index, std::uint64_t first_draw = 0);

// The indices 0 .. n - 1 in random order.
std::vector<std::size_t> Permutation(std::uint64_t seed, std::size_t n);

}  // namespace credence
