// How unlike the calibration data an input is: one score u, turned into a conformal p-value.
//
// Assumes: the input is exchangeable with the rows of B, and nothing was learned from B but its
//          sorted u and the stated thresholds.
// Guarantees: P(p <= α) <= α for every α, exactly, whatever the model. For a given profile the rate
//          of false alarms scatters around α with SD about sqrt(α (1-α) / (n_B + 2)).
// Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005; Bates et al.,
// "Testing for outliers with conformal p-values", 2023. Threads: pure.
#pragma once

#include <array>
#include <span>

#include "reliability/signals.h"

namespace credence::reliability {

// Weight of each signal in u; 0: not used. d_sta has ½ because it also reacts to a harmless change
// of pen or scanner.
inline constexpr auto kUnfamiliarityWeights = std::to_array<double>({0, 0, 0, 1, 1, 1, 0.5});
static_assert(kUnfamiliarityWeights.size() == kSignals);

// What each signal adds to u: softplus(-w ζ)²; 0 for absent ones. Finite for finite ζ.
Signals UnfamiliarityTerms(const Signals& zeta);
double Unfamiliarity(const Signals& zeta);  // their sum

// (1 + #{u_b >= u}) / (n_B + 1). u_sorted: ascending.
double ConformalP(std::span<const double> u_sorted, double u);

}  // namespace credence::reliability
