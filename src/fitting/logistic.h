// The regression behind P(correct): logistic, with an offset and a ridge.
//
//   η_i = offset_i + b + Σ_j β_j x_ij
//   minimise Σ_i ω_i [softplus(η_i) - c_i η_i] + (λ/2) Σ β_j² + (λ/20) b²
// λ > 0 keeps it finite when the model is never (or always) wrong; with little data it falls back
// to the offset, the temperature-scaled log-odds. Threads: pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fitting/matrix.h"

namespace credence::fitting {

struct LogisticFit {
  std::vector<double> beta;
  double intercept = 0;
  double objective = 0;
};

struct LogisticData {
  Matrix x;                           // [n, features], finite
  std::vector<double> offset;         // [n]
  std::vector<double> weight;         // [n], >= 0
  std::vector<std::int32_t> correct;  // [n], 0 or 1
};

// Newton from 0 with step halving, until the objective's relative decrease is below 1e-9.
// REQUIRES: lambda > 0; equal lengths.
LogisticFit FitLogistic(const LogisticData& data, double lambda);

// λ of the specification: 1.5 (1 + 1000 / groups_a); groups: rows that belong together count once.
double LogisticPenalty(std::size_t groups_a);

}  // namespace credence::fitting
