#include "reliability/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace credence::reliability {
namespace {

std::uint64_t Mix(std::uint64_t z) {
  z ^= z >> 30;
  z *= 0xBF58476D1CE4E5B9U;
  z ^= z >> 27;
  z *= 0x94D049BB133111EBU;
  z ^= z >> 31;
  return z;
}

}  // namespace

std::uint64_t Draw(std::uint64_t seed, std::uint64_t index) {
  return Mix(seed + (index + 1) * 0x9E3779B97F4A7C15U);
}

double Uniform(std::uint64_t seed, std::uint64_t index) {
  return static_cast<double>(Draw(seed, index) >> 11) * 0x1.0p-53;
}

double Normal(std::uint64_t seed, std::uint64_t index, std::uint64_t first_draw) {
  const std::uint64_t draw = first_draw + 2 * index;
  return std::sqrt(-2 * std::log(1 - Uniform(seed, draw))) *
         std::cos(2 * std::numbers::pi * Uniform(seed, draw + 1));
}

std::uint64_t SubSeed(std::uint64_t seed, std::uint64_t index) { return Draw(seed, index); }

std::uint64_t SubSeed(std::uint64_t seed, Stream stream) {
  return Draw(seed, static_cast<std::uint64_t>(stream));
}

std::vector<std::size_t> Permutation(std::uint64_t seed, std::size_t n) {
  std::vector<std::pair<std::uint64_t, std::size_t>> keyed(n);
  for (std::size_t i = 0; i < n; ++i) keyed[i] = {Draw(seed, i), i};
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = keyed[i].second;
  return order;
}

}  // namespace credence::reliability
