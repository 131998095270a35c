// The figures of the report card. Ties are treated exactly: no result depends on the order of rows.
//
// confidence: g in [0,1] (or any score where said); correct: 1 where the answer is right, else 0.
// Every function returns NaN where its definition has nothing to count.
// Threads: pure.
#pragma once

#include <cstddef>
#include <span>

namespace credence::fitting {

double Accuracy(std::span<const int> correct);
// -mean ln(g if correct else 1 - g), g clipped to [1e-12, 1 - 1e-12].
double ConfidenceNll(std::span<const double> confidence, std::span<const int> correct);
double Brier(std::span<const double> confidence, std::span<const int> correct);

// Expected calibration error over 15 bins of equal width, or of equal numbers of rows.
double EceEqualWidth(std::span<const double> confidence, std::span<const int> correct);
double EceEqualMass(std::span<const double> confidence, std::span<const int> correct);

// Risk-coverage: the mean over k of (errors among the k most confident) / k; inside a tie errors
// are counted by their expectation over random order. Geifman et al. 2019; AUGRC: Traub et al.
// 2024.
struct RiskCoverage {
  double aurc = 0;
  double e_aurc = 0;  // aurc minus that of the perfect order
  double augrc = 0;   // divided by n instead of k
};
RiskCoverage AreaUnderRiskCoverage(std::span<const double> score, std::span<const int> correct);

// The largest share {score >= v} whose error rate is <= risk; 0 when there is none.
double CoverageAtRisk(std::span<const double> score, std::span<const int> correct, double risk);

// Accuracy among the ⌈coverage n⌉ highest scores, 0 < coverage <= 1; inside a tie by its
// expectation over random order.
double SelectiveAccuracy(std::span<const double> score, std::span<const int> correct,
                         double coverage);

// P(positive > negative) + ½ P(equal).
double Auroc(std::span<const double> positive, std::span<const double> negative);
// Smallest false positive rate of "accept if score >= v" with a true positive rate >= 95 %.
double Fpr95(std::span<const double> positive, std::span<const double> negative);
// Σ (recall step) x precision over distinct thresholds.
double Aupr(std::span<const double> positive, std::span<const double> negative);

}  // namespace credence::fitting
