// Principal components of thumbnails: where usual pictures vary. In double; for fitting.
// Threads: pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "fitting/matrix.h"

namespace credence::fitting {

struct Pca {
  std::vector<double> mean;  // [pixels]
  Matrix basis;              // [components, pixels]: orthonormal rows, largest variance first
  std::vector<double> eigenvalues;  // [components]: variances, divisor rows - 1
};

// min(32, max(2, ⌊rows / 20⌋), pixels).
std::size_t PcaComponents(std::size_t rows, std::size_t pixels);

// REQUIRES: at least 2 rows; 1 <= components <= x.cols.
Pca FitPca(const Matrix& x, std::size_t components);

// A picture seen through the PCA: τ [components].
std::vector<double> Project(const Pca& pca, std::span<const double> x);

}  // namespace credence::fitting
