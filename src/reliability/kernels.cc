#include "reliability/kernels.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#define CREDENCE_AVX2 __attribute__((target("avx2,fma")))
#endif

namespace credence::reliability {
namespace {

// Eight lanes; the compiler splits them where registers are shorter. This file alone is compiled
// with -ffp-contract=fast, so that a * b + c is one instruction where there is one.
using Lanes = float __attribute__((vector_size(32)));
constexpr std::size_t kVectors = kLanes / 8;

[[gnu::always_inline]] inline void Load(const float* from, Lanes& to) {
  std::memcpy(&to, from, sizeof to);
}

// Two sets of sums, for even and odd columns, hide the latency of the additions.
[[gnu::always_inline]] inline void MultiplyGroups(const float* packed, std::size_t groups,
                                                  std::size_t cols, const float* x,
                                                  float* product) {
  for (std::size_t g = 0; g < groups; ++g) {
    Lanes even[kVectors] = {};
    Lanes odd[kVectors] = {};
    std::size_t j = 0;
    for (; j + 1 < cols; j += 2) {
      for (std::size_t v = 0; v < kVectors; ++v) {
        Lanes a, b;
        Load(packed + v * 8, a);
        Load(packed + kLanes + v * 8, b);
        even[v] += a * x[j];
        odd[v] += b * x[j + 1];
      }
      packed += 2 * kLanes;
    }
    if (j < cols) {
      for (std::size_t v = 0; v < kVectors; ++v) {
        Lanes a;
        Load(packed + v * 8, a);
        even[v] += a * x[j];
      }
      packed += kLanes;
    }
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Lanes sum = even[v] + odd[v];
      std::memcpy(product + g * kLanes + v * 8, &sum, sizeof sum);
    }
  }
}

void MultiplyBaseline(const float* packed, std::size_t groups, std::size_t cols, const float* x,
                      float* product) {
  MultiplyGroups(packed, groups, cols, x, product);
}

#if defined(CREDENCE_AVX2)
CREDENCE_AVX2 void MultiplyAvx2(const float* packed, std::size_t groups, std::size_t cols,
                                const float* x, float* product) {
  MultiplyGroups(packed, groups, cols, x, product);
}
#endif

}  // namespace

PackedMatrix::PackedMatrix(std::span<const float> values, std::size_t cols)
    : rows_(cols == 0 ? 0 : values.size() / cols), cols_(cols), packed_(padded_rows() * cols) {
  for (std::size_t i = 0; i < rows_; ++i) {
    float* group = packed_.data() + i / kLanes * kLanes * cols;
    for (std::size_t j = 0; j < cols; ++j) {
      group[j * kLanes + i % kLanes] = values[i * cols + j];
    }
  }
}

void PackedMatrix::Multiply(const float* x, float* product) const {
  const std::size_t groups = padded_rows() / kLanes;
#if defined(CREDENCE_AVX2)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    MultiplyAvx2(packed_.data(), groups, cols_, x, product);
    return;
  }
#endif
  MultiplyBaseline(packed_.data(), groups, cols_, x, product);
}

float SquaredNorm(std::span<const float> v) {
  std::array<float, 8> sums = {};
  std::size_t i = 0;
  for (; i + 8 <= v.size(); i += 8) {
    for (std::size_t l = 0; l < 8; ++l) sums[l] += v[i + l] * v[i + l];
  }
  float total = 0;
  for (const float sum : sums) total += sum;
  for (; i < v.size(); ++i) total += v[i] * v[i];
  return total;
}

}  // namespace credence::reliability
