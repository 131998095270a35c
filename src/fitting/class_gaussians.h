// One Gaussian a class, shrunk towards the pooled covariance. In double; for fitting.
//
//   Σ_0 = Σ_c W_c / max(1, n - classes present)        W_c: scatter of class c, n_c its rows
//   Σ_c = (W_c + ν Σ_0) / (n_c + ν) + (1e-3 tr(Σ_0)/d + 1e-12) I,   ν = d
// With more than 100 classes all share Σ_0 plus the same ridge. The shrinkage is that of
// regularised discriminant analysis (Friedman 1989): it makes a class with a single row nothing
// special. Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fitting/matrix.h"

namespace credence::fitting {

inline constexpr std::size_t kOwnCovarianceClassesMax = 100;

struct ClassGaussians {
  Matrix mean;                 // [classes, d]; zeros for a class without rows
  std::vector<Matrix> factor;  // [classes or 1]: inverse Cholesky factor of Σ_c, lower [d, d]
  std::vector<double> logdet;  // [classes]: ln det Σ_c
  std::vector<std::int32_t> present;  // [classes]: 1 when the class has rows, else 0

  const Matrix& factor_of(std::size_t c) const {
    return factor.size() == 1 ? factor[0] : factor[c];
  }
};

// Uses the rows i of `x` with use[i]. REQUIRES: labels in [0, classes); equal lengths.
ClassGaussians FitClassGaussians(const Matrix& x, std::span<const std::int32_t> labels,
                                 std::size_t classes, const std::vector<bool>& use);

// Squared Mahalanobis distance to each class; +inf for a class without rows.
std::vector<double> Mahalanobis(const ClassGaussians& gaussians, std::span<const double> x);

// Log-likelihood -½ (M_c + ln det Σ_c), without the constant; -inf for a class without rows.
std::vector<double> LogLikelihood(const ClassGaussians& gaussians,
                                  std::span<const double> mahalanobis);

// ℓ_ŷ - lse of the others, clipped to ±50; -50 when ŷ has no rows. Returns log-odds of `predicted`.
double SecondOpinion(std::span<const double> log_likelihood, std::size_t predicted);

}  // namespace credence::fitting
