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
static_assert(kLanes == 4 * 8);

// What a row's sum adds for each column: row * x, or (row - x)^2.
enum class Term { kProduct, kSquaredDifference };

// The sums of one group. Named, not an array: an array of vectors stays in memory at -O2.
template <Term kTerm>
struct Sums {
  Lanes a = {}, b = {}, c = {}, d = {};

  [[gnu::always_inline]] void Add(const float* column, float x) {
    Lanes va, vb, vc, vd;
    std::memcpy(&va, column, sizeof va);
    std::memcpy(&vb, column + 8, sizeof vb);
    std::memcpy(&vc, column + 16, sizeof vc);
    std::memcpy(&vd, column + 24, sizeof vd);
    if constexpr (kTerm == Term::kProduct) {
      a += va * x;
      b += vb * x;
      c += vc * x;
      d += vd * x;
    } else {
      va -= x;
      vb -= x;
      vc -= x;
      vd -= x;
      a += va * va;
      b += vb * vb;
      c += vc * vc;
      d += vd * vd;
    }
  }
};

[[gnu::always_inline]] inline void Store(const Lanes& sum, float* to) {
  std::memcpy(to, &sum, sizeof sum);
}

// Two sets of sums, for even and odd columns, hide the latency of the additions.
template <Term kTerm>
[[gnu::always_inline]] inline void SumGroups(const float* packed, std::size_t groups,
                                             std::size_t cols, const float* x, float* result) {
  for (std::size_t g = 0; g < groups; ++g, result += kLanes) {
    Sums<kTerm> even;
    Sums<kTerm> odd;
    std::size_t j = 0;
    for (; j + 1 < cols; j += 2, packed += 2 * kLanes) {
      even.Add(packed, x[j]);
      odd.Add(packed + kLanes, x[j + 1]);
    }
    if (j < cols) {
      even.Add(packed, x[j]);
      packed += kLanes;
    }
    Store(even.a + odd.a, result);
    Store(even.b + odd.b, result + 8);
    Store(even.c + odd.c, result + 16);
    Store(even.d + odd.d, result + 24);
  }
}

#if defined(CREDENCE_AVX2)
template <Term kTerm>
CREDENCE_AVX2 void SumGroupsAvx2(const float* packed, std::size_t groups, std::size_t cols,
                                 const float* x, float* result) {
  SumGroups<kTerm>(packed, groups, cols, x, result);
}
#endif

template <Term kTerm>
void Sum(const float* packed, std::size_t groups, std::size_t cols, const float* x, float* result) {
#if defined(CREDENCE_AVX2)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    SumGroupsAvx2<kTerm>(packed, groups, cols, x, result);
    return;
  }
#endif
  SumGroups<kTerm>(packed, groups, cols, x, result);
}

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
  Sum<Term::kProduct>(packed_.data(), padded_rows() / kLanes, cols_, x, product);
}

void PackedMatrix::SquaredDistances(const float* x, float* distance) const {
  Sum<Term::kSquaredDifference>(packed_.data(), padded_rows() / kLanes, cols_, x, distance);
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
