// How unlike the calibration data an input is: one score u, turned into a conformal p-value.
//
// Assumes: the input is exchangeable with the rows that certify (B*: one of each group of B), and
//          nothing was learned from them but their sorted u and the stated thresholds.
// Guarantees: P(p <= α) <= α for every α, exactly, whatever the model. For a given profile the rate
//          of false alarms scatters around α with SD about sqrt(α (1-α) / (n + 2)).
// Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005; Bates et al.,
// "Testing for outliers with conformal p-values", 2023. Threads: pure.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "reliability/signals.h"

namespace credence::reliability {

// The signals that u is made of, in the order of weights, terms and reasons.
inline constexpr auto kUnfamiliaritySignals =
    std::to_array<Signal>({kFeatureNearness, kEnergy, kShapeNearness, kStatisticNearness});
inline constexpr std::size_t kUnfamiliarityTerms = kUnfamiliaritySignals.size();
// One number a signal of kUnfamiliaritySignals; of weights NaN: the signal is absent.
using UnfamiliarityValues = std::array<double, kUnfamiliarityTerms>;

// How useful the energy is as a sign of the unfamiliar: as much as it tells right answers from
// wrong ones. errors: wrong rows of A; auroc: of the energy, right rows against wrong ones; NaN
// without rows of both kinds. Five imagined errors that the energy finds keep the weight defined
// for very good models.
double EnergyWeight(std::size_t errors, double auroc);

// What a pixel model is worth beside the model.
struct PixelKnowledge {
  double pixel_accuracy = 0;       // share of A that its cross-fitted class gets right
  double model_accuracy = 0;       // share of A that the model gets right
  double largest_class_share = 0;  // what always giving the commonest class gets right
};
// Whether shapes can be judged from pixels: the pixel model reaches half of what the model has
// above the commonest class. Else d_sub is absent.
bool HasContent(const PixelKnowledge& knowledge);

// d_fea and d_sub 1; e `energy_weight`; d_sta ½ beside d_sub, because it also reacts to a harmless
// change of pen or scanner, else the more the less the energy knows. NaN for absent signals.
UnfamiliarityValues UnfamiliarityWeights(const Standard& standard, double energy_weight);

// What each signal adds to u: softplus(-w ζ)²; 0 for absent ones. Finite for finite ζ.
UnfamiliarityValues Unfamiliarity(const Signals& zeta, const UnfamiliarityValues& weights);
double Sum(const UnfamiliarityValues& terms);  // u

// 1 + #{u_b >= u}: 1 .. n + 1. The p-value is this over n + 1. u_sorted: ascending.
std::size_t ConformalRank(std::span<const double> u_sorted, double u);
double ConformalP(std::span<const double> u_sorted, double u);

// The odds that an input is foreign, by the rank of its unfamiliarity.
//
// Ordinary inputs have uniform ranks; foreign ones are taken to have ranks with a zeta
// distribution of exponent 3/2. A table of n + 1 numbers; immutable.
class ForeignOdds {
 public:
  // share: of the traffic that is foreign, [0, 1).
  ForeignOdds(std::size_t n, double share);

  // π/(1-π) (n+1) rank^(-3/2) / Z. REQUIRES: 1 <= rank <= n + 1.
  double At(std::size_t rank) const { return odds_[rank - 1]; }

 private:
  std::vector<double> odds_;
};

// How much more often a foreign picture than an ordinary one is found to be doubtful (content
// outside the frame, several objects, …): .5 against .02.
inline constexpr double kDoubtfulOdds = 25;

}  // namespace credence::reliability
