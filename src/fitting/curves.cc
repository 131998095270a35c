#include "fitting/curves.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace credence::fitting {
namespace {

// Calls visit(rows so far, hits so far) after each group of equal scores, highest first.
template <class Visit>
void Accumulate(std::vector<std::pair<double, int>> scored, Visit&& visit) {
  std::sort(scored.begin(), scored.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  double hits = 0;
  for (std::size_t i = 0; i < scored.size(); ++i) {
    hits += scored[i].second;
    const bool tie = i + 1 < scored.size() && scored[i + 1].first == scored[i].first;
    if (!tie) visit(static_cast<double>(i + 1), hits);
  }
}

}  // namespace

std::vector<ConfidenceBin> ReliabilityBins(std::span<const double> confidence,
                                           std::span<const int> correct) {
  std::vector<ConfidenceBin> bins(kConfidenceBins);
  for (std::size_t i = 0; i < correct.size(); ++i) {
    const auto bin = static_cast<std::size_t>(kConfidenceBins * confidence[i]);
    ConfidenceBin& into = bins[std::min(bin, kConfidenceBins - 1)];
    ++into.rows;
    into.correct += static_cast<std::size_t>(correct[i]);
    into.mean_confidence += confidence[i];
  }
  for (std::size_t b = 0; b < kConfidenceBins; ++b) {
    bins[b].low = static_cast<double>(b) / kConfidenceBins;
    bins[b].high = static_cast<double>(b + 1) / kConfidenceBins;
    if (bins[b].rows != 0) bins[b].mean_confidence /= static_cast<double>(bins[b].rows);
  }
  return bins;
}

std::vector<Point> RiskCoverageCurve(std::span<const double> score, std::span<const int> correct) {
  std::vector<std::pair<double, int>> scored;
  for (std::size_t i = 0; i < score.size(); ++i) scored.emplace_back(score[i], correct[i]);
  std::vector<Point> curve;
  const auto n = static_cast<double>(score.size());
  Accumulate(std::move(scored), [&](double rows, double right) {
    curve.push_back({rows / n, (rows - right) / rows});
  });
  return curve;
}

std::vector<Point> RocCurve(std::span<const double> positive, std::span<const double> negative) {
  if (positive.empty() || negative.empty()) return {};
  std::vector<std::pair<double, int>> scored;
  for (const double score : positive) scored.emplace_back(score, 1);
  for (const double score : negative) scored.emplace_back(score, 0);
  std::vector<Point> curve = {{0, 0}};
  const auto positives = static_cast<double>(positive.size());
  const auto negatives = static_cast<double>(negative.size());
  Accumulate(std::move(scored), [&](double rows, double hits) {
    curve.push_back({(rows - hits) / negatives, hits / positives});
  });
  return curve;
}

std::vector<double> Histogram(std::span<const double> values, double low, double high,
                              std::size_t bins) {
  std::vector<double> shares(bins, 0.0);
  for (const double value : values) {
    const double at = std::floor((value - low) / (high - low) * static_cast<double>(bins));
    const double last = static_cast<double>(bins - 1);
    shares[static_cast<std::size_t>(std::clamp(at, 0.0, last))] += 1;
  }
  for (double& share : shares)
    share /= static_cast<double>(std::max<std::size_t>(values.size(), 1));
  return shares;
}

}  // namespace credence::fitting
