#include "reliability/familiarity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "reliability/logits.h"

namespace credence::reliability {
namespace {

constexpr double kImaginedErrors = 5;
constexpr double kStyleBesideShape = 0.5;
constexpr double kForeignExponent = -1.5;
constexpr double kZetaMin = -1e4;  // of a signal that was constant over A

}  // namespace

double EnergyWeight(std::size_t errors, double auroc) {
  const auto wrong = static_cast<double>(errors);
  const double told_apart = std::isnan(auroc) ? 0 : wrong * (2 * auroc - 1);
  return std::clamp((told_apart + kImaginedErrors) / (wrong + kImaginedErrors), 0.0, 1.0);
}

bool HasContent(const PixelKnowledge& k) {
  const double model_knows = std::max(k.model_accuracy - k.largest_class_share, 1e-3);
  return k.pixel_accuracy - k.largest_class_share >= model_knows / 2;
}

UnfamiliarityValues UnfamiliarityWeights(const Standard& standard, double energy_weight) {
  const bool content = standard.has(kShapeNearness);
  UnfamiliarityValues weights = {1, energy_weight, 1,
                                 content ? kStyleBesideShape : 1 - energy_weight / 2};
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (!standard.has(kUnfamiliaritySignals[k])) {
      weights[k] = std::numeric_limits<double>::quiet_NaN();
    }
  }
  return weights;
}

UnfamiliarityValues Unfamiliarity(const Signals& zeta, const UnfamiliarityValues& weights) {
  UnfamiliarityValues terms = {};
  for (std::size_t k = 0; k < terms.size(); ++k) {
    if (std::isnan(weights[k])) continue;
    const double low = std::max(zeta[kUnfamiliaritySignals[k]], kZetaMin);
    const double alarm = Softplus(-weights[k] * low);
    terms[k] = alarm * alarm;
  }
  return terms;
}

double Sum(const UnfamiliarityValues& terms) {
  return std::accumulate(terms.begin(), terms.end(), 0.0);
}

std::size_t ConformalRank(std::span<const double> u_sorted, double u) {
  const auto at_least = u_sorted.end() - std::lower_bound(u_sorted.begin(), u_sorted.end(), u);
  return 1 + static_cast<std::size_t>(at_least);
}

double ConformalP(std::span<const double> u_sorted, double u) {
  return static_cast<double>(ConformalRank(u_sorted, u)) /
         (static_cast<double>(u_sorted.size()) + 1);
}

ForeignOdds::ForeignOdds(std::size_t n, double share) {
  CREDENCE_CHECK(share >= 0 && share < 1);
  double normaliser = 0;
  for (std::size_t rank = 1; rank <= n + 1; ++rank) {
    odds_.push_back(std::pow(static_cast<double>(rank), kForeignExponent));
    normaliser += odds_.back();
  }
  const double factor = share / (1 - share) * static_cast<double>(n + 1) / normaliser;
  for (double& odds : odds_) odds *= factor;
}

}  // namespace credence::reliability
