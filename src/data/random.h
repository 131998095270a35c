// Random numbers that are the same on every machine: SplitMix64 (Steele, Lea, Flood 2014) and
// nothing but exact arithmetic on top, no libm.
#pragma once

#include <cstdint>

#include "base/check.h"

namespace credence::data {

// Thread-compatible. Not for secrets.
class Random {
 public:
  // Different streams of one seed are independent of each other.
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0)
      : state_(Mix(seed + kStep) ^ Mix(stream * kStep + 1)) {}

  std::uint64_t Next() { return Mix(state_ += kStep); }

  // Uniform in [0, 1), a multiple of 2^-53.
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }

  // Uniform in 0..count-1. REQUIRES: count > 0.
  std::uint64_t Below(std::uint64_t count) {
    CREDENCE_CHECK(count > 0);
    const std::uint64_t reject_from = UINT64_MAX - UINT64_MAX % count;
    for (;;) {
      const std::uint64_t value = Next();
      if (value < reject_from) return value % count;
    }
  }

  // Mean 0, standard deviation 1, within [-6, 6): the sum of twelve uniforms.
  double Normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += Uniform();
    return sum;
  }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;
  static constexpr std::uint64_t Mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace credence::data
