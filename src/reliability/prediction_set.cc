#include "reliability/prediction_set.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace credence::reliability {

double LacQuantile(std::span<const double> scores, double coverage) {
  const double n = static_cast<double>(scores.size());
  // 1e-9: (n + 1) coverage is meant in exact arithmetic, so 100 * 0.9 must not become 91.
  const double k = std::max(1.0, std::ceil((n + 1) * coverage - 1e-9));
  if (k > n) return std::numeric_limits<double>::infinity();
  std::vector<double> ordered(scores.begin(), scores.end());
  const auto kth = ordered.begin() + static_cast<std::ptrdiff_t>(k) - 1;
  std::nth_element(ordered.begin(), kth, ordered.end());
  return *kth;
}

void PredictionSet(std::span<const float> probabilities, double quantile, std::size_t predicted,
                   std::vector<std::int32_t>& set) {
  set.clear();
  for (std::size_t c = 0; c < probabilities.size(); ++c) {
    if (c == predicted || LacContains(quantile, static_cast<double>(probabilities[c]))) {
      set.push_back(static_cast<std::int32_t>(c));
    }
  }
}

}  // namespace credence::reliability
