#include "fitting/metrics.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "fitting/ranking.h"

namespace credence::fitting {
namespace {

Ranking Apart(std::span<const double> positive, std::span<const double> negative) {
  std::vector<double> score(positive.begin(), positive.end());
  score.insert(score.end(), negative.begin(), negative.end());
  std::vector<int> hit(score.size(), 0);
  std::fill_n(hit.begin(), positive.size(), 1);
  return Ranking(score, hit);
}

}  // namespace

double Accuracy(std::span<const int> correct) {
  if (correct.empty()) return std::numeric_limits<double>::quiet_NaN();
  return std::accumulate(correct.begin(), correct.end(), 0.0) / static_cast<double>(correct.size());
}

double ConfidenceNll(std::span<const double> confidence, std::span<const int> correct) {
  return Ranking(confidence, correct).Nll();
}

double Brier(std::span<const double> confidence, std::span<const int> correct) {
  return Ranking(confidence, correct).Brier();
}

double EceEqualWidth(std::span<const double> confidence, std::span<const int> correct) {
  return Ranking(confidence, correct).EceEqualWidth();
}

double EceEqualMass(std::span<const double> confidence, std::span<const int> correct) {
  return Ranking(confidence, correct).EceEqualMass();
}

RiskCoverage AreaUnderRiskCoverage(std::span<const double> score, std::span<const int> correct) {
  return Ranking(score, correct).AreaUnderRiskCoverage();
}

double CoverageAtRisk(std::span<const double> score, std::span<const int> correct, double risk) {
  return Ranking(score, correct).CoverageAtRisk(risk);
}

double SelectiveAccuracy(std::span<const double> score, std::span<const int> correct,
                         double coverage) {
  return Ranking(score, correct).SelectiveAccuracy(coverage);
}

double Auroc(std::span<const double> positive, std::span<const double> negative) {
  return Apart(positive, negative).Auroc();
}

double Fpr95(std::span<const double> positive, std::span<const double> negative) {
  return Apart(positive, negative).Fpr95();
}

double Aupr(std::span<const double> positive, std::span<const double> negative) {
  return Apart(positive, negative).Aupr();
}

}  // namespace credence::fitting
