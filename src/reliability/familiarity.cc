#include "reliability/familiarity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "reliability/logits.h"

namespace credence::reliability {

Signals UnfamiliarityTerms(const Signals& zeta) {
  Signals terms = {};
  for (std::size_t j = 0; j < kSignals; ++j) {
    const double weight = kUnfamiliarityWeights[j];
    if (weight == 0 || std::isnan(zeta[j])) continue;
    const double alarm = Softplus(-weight * zeta[j]);
    terms[j] = alarm * alarm;
  }
  return terms;
}

double Unfamiliarity(const Signals& zeta) {
  const Signals terms = UnfamiliarityTerms(zeta);
  return std::accumulate(terms.begin(), terms.end(), 0.0);
}

double ConformalP(std::span<const double> u_sorted, double u) {
  const auto at_least = u_sorted.end() - std::lower_bound(u_sorted.begin(), u_sorted.end(), u);
  return (1 + static_cast<double>(at_least)) / (static_cast<double>(u_sorted.size()) + 1);
}

}  // namespace credence::reliability
