// The seven signals: how a prediction looks from the logits, the features and the pixels.
//
// Every one is oriented so that larger is better. A side that a model does not have (no feature
// tap, no picture) leaves its signals absent: NaN in arrays, skipped everywhere. Threads: pure.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>

#include "reliability/bank.h"

namespace credence::reliability {

inline constexpr std::size_t kSignals = 7;

enum Signal : std::size_t {
  kMargin = 0,         // m: log-odds of the predicted class by the scaled softmax, ±25
  kNeighbourRatio,     // t: nearest other-class against nearest same-class image
  kSecondOpinion,      // q: log-odds of the predicted class in the pixel model, ±50
  kEnergy,             // e: lse of the scaled logits; low where no class is seen at all
  kFeatureNearness,    // d_fea
  kShapeNearness,      // d_sub; absent where the pixel model hardly knows the classes
  kStatisticNearness,  // d_sta
};
using Signals = std::array<double, kSignals>;

// "m", "t", "q", "e", "d_fea", "d_sub", "d_sta".
std::string_view SignalName(std::size_t signal);

// All NaN.
Signals NoSignals();

inline double MarginSignal(double log_odds) { return std::fmax(-25, std::fmin(25, log_odds)); }
inline double NeighbourRatioSignal(const Neighbours& n) {
  return std::log((n.other + 1e-4) / (n.same + 1e-4));
}
inline double FeatureNearnessSignal(const Neighbours& n) { return -std::log(n.nearest + 1e-6); }
// `distance`: the smallest squared Mahalanobis distance over the classes; for d_sub and d_sta.
inline double NearnessSignal(double distance) { return -std::log(distance + 1e-3); }

// Mean and SD + 1e-9 of each signal over the cross-fitted rows of A; NaN for an absent one.
struct Standard {
  Signals mean = NoSignals();
  Signals sd = NoSignals();

  bool has(std::size_t signal) const { return !std::isnan(mean[signal]); }
};

// ζ: (signal - mean) / sd; NaN for an absent one.
Signals Standardise(const Standard& standard, const Signals& signals);

}  // namespace credence::reliability
