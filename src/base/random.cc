#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/check.h"

namespace credence {

std::uint64_t Random::Below(std::uint64_t count) {
  CREDENCE_CHECK(count > 0);
  const std::uint64_t reject_from = UINT64_MAX - UINT64_MAX % count;
  for (;;) {
    const std::uint64_t value = Next();
    if (value < reject_from) return value % count;
  }
}

double Random::Normal() {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += Uniform();
  return sum;
}

double UniformAt(std::uint64_t seed, std::uint64_t index) {
  return static_cast<double>(DrawAt(seed, index) >> 11) * 0x1.0p-53;
}

double NormalAt(std::uint64_t seed, std::uint64_t index, std::uint64_t first_draw) {
  const std::uint64_t draw = first_draw + 2 * index;
  return std::sqrt(-2 * std::log(1 - UniformAt(seed, draw))) *
         std::cos(2 * std::numbers::pi * UniformAt(seed, draw + 1));
}

std::vector<std::size_t> Permutation(std::uint64_t seed, std::size_t n) {
  std::vector<std::pair<std::uint64_t, std::size_t>> keyed(n);
  for (std::size_t i = 0; i < n; ++i) keyed[i] = {DrawAt(seed, i), i};
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = keyed[i].second;
  return order;
}

}  // namespace credence
