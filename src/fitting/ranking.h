// Ranking is rows in the order of a score, each counted once or as often as a bootstrap drew it:
// sorted once, measured for every draw. The figures are those of metrics.h, with ties exact.
// Threads: `Count` changes it; all else is pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fitting/metrics.h"

namespace credence::fitting {

class Ranking {
 public:
  // hit: 1 where the answer is right, or the row a positive; else 0. REQUIRES: equal lengths.
  Ranking(std::span<const double> score, std::span<const int> hit);

  // Counts row i `times[i]` times from now on. REQUIRES: one number a row.
  void Count(std::span<const std::uint16_t> times);

  double Nll() const;
  double Brier() const;
  double EceEqualWidth() const;
  double EceEqualMass() const;
  RiskCoverage AreaUnderRiskCoverage() const;
  double CoverageAtRisk(double risk) const;
  double SelectiveAccuracy(double coverage) const;
  double Auroc() const;
  double Fpr95() const;
  double Aupr() const;

 private:
  struct Row {
    double score = 0, hit = 0, times = 1, loss = 0;
    std::size_t number = 0;
  };
  // Calls visit(rows, hits) for each group of equal scores that is counted, highest first.
  template <class Visit>
  void ForEachTie(Visit&& visit) const;
  void Sum();

  std::vector<Row> rows_;  // highest score first; of equal ones the last row first
  double n_ = 0, hits_ = 0;
};

}  // namespace credence::fitting
