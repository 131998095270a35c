// The curves behind the figures of the report card, for plots.
//
// Ties are treated exactly: a curve has one point for each distinct score.
// Threads: pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace credence::fitting {

struct Point {
  double x = 0, y = 0;
};

inline constexpr std::size_t kConfidenceBins = 15;  // of the reliability diagram and of both ECEs

// A bin of the reliability diagram, as EceEqualWidth has them.
struct ConfidenceBin {
  double low = 0, high = 0;  // of the stated confidence
  std::size_t rows = 0;
  std::size_t correct = 0;
  double mean_confidence = 0;
};
// The 15 bins, empty ones too.
std::vector<ConfidenceBin> ReliabilityBins(std::span<const double> confidence,
                                           std::span<const int> correct);

// x: share of rows accepted, y: share of errors among them; from the highest score on.
std::vector<Point> RiskCoverageCurve(std::span<const double> score, std::span<const int> correct);

// x: false, y: true positive rate of "accept if score >= v"; from (0, 0) to (1, 1). Empty when one
// of the two is.
std::vector<Point> RocCurve(std::span<const double> positive, std::span<const double> negative);

// Shares of `values` in `bins` of equal width over [low, high]; what lies outside counts in the
// outermost bin.
std::vector<double> Histogram(std::span<const double> values, double low, double high,
                              std::size_t bins);

}  // namespace credence::fitting
