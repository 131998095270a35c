// PackedMatrix times a vector, or its rows' distances from one, in float32: the hot loops of an
// assessment.
//
// Rows are interleaved in groups of 32, so that each lane sums its own row in the order of the
// columns: no horizontal sums, and a result never depends on how many vectors are multiplied.
// Instructions are chosen at run time (AVX2 + FMA where the CPU has them; else the build's
// baseline). Threads: pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace credence::reliability {

inline constexpr std::size_t kLanes = 32;

// Immutable after construction.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  // values: [rows, cols], row-major.
  PackedMatrix(std::span<const float> values, std::size_t cols);

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  std::size_t padded_rows() const { return (rows_ + kLanes - 1) / kLanes * kLanes; }

  // product[i] = row i · x; rows past rows() give 0. product: [padded_rows()]; x: [cols()].
  void Multiply(const float* x, float* product) const;
  // distance[i] = |row i - x|², of the differences; rows past rows() give |x|². Lengths as above.
  void SquaredDistances(const float* x, float* distance) const;

 private:
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
  std::vector<float> packed_;  // [padded_rows / kLanes, cols, kLanes]
};

// Σ v².
float SquaredNorm(std::span<const float> v);

}  // namespace credence::reliability
