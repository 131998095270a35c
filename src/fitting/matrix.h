// Matrix is a row-major table of doubles: what fitting computes on. A plain value.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace credence::fitting {

struct Matrix {
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::vector<double> values;  // [rows, cols]

  Matrix() = default;
  Matrix(std::size_t row_count, std::size_t col_count)
      : rows(row_count), cols(col_count), values(row_count * col_count) {}

  std::span<double> row(std::size_t i) { return {values.data() + i * cols, cols}; }
  std::span<const double> row(std::size_t i) const { return {values.data() + i * cols, cols}; }
};

// Eigen counts with signed numbers.
inline std::ptrdiff_t Index(std::size_t n) { return static_cast<std::ptrdiff_t>(n); }

}  // namespace credence::fitting
