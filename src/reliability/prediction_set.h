// Prediction sets that hold the true class with promised probability (LAC).
//
// Assumes: the input is exchangeable with the rows that certify (B*: one of each group of B).
// Guarantees: P(true class in set) >= 1 - α. The predicted class is always added, so no set is
// empty. Sadinle, Lei and Wasserman, "Least ambiguous set-valued classifiers with bounded error
// levels", 2019. Threads: pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace credence::reliability {

inline constexpr std::array<double, 3> kCoverageLevels = {0.90, 0.95, 0.99};
inline constexpr std::size_t kCoverage95 = 1;  // its place in kCoverageLevels

// The k-th smallest of the scores 1 - p[label], k = ⌈(n + 1) coverage⌉; +inf when k > n (the set is
// then all classes).
double LacQuantile(std::span<const double> scores, double coverage);

// Whether a class of probability `p` belongs to the set.
inline bool LacContains(double quantile, double p) { return 1 - p <= quantile + 1e-12; }

// The set's classes, ascending, into `set` (its capacity is reused).
void PredictionSet(std::span<const float> probabilities, double quantile, std::size_t predicted,
                   std::vector<std::int32_t>& set);

}  // namespace credence::reliability
