// The report card by class and by verdict.
// Threads: pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "fitting/make_report_card.h"

namespace credence::fitting {

// Definitions of precision, recall, F1 and confusion are scikit-learn's. Estimates are NaN where
// they have nothing to count; shares have their 95 % interval (Shares).
struct ClassQuality {
  std::size_t rows = 0;       // with this label
  std::size_t predicted = 0;  // with this answer
  reliability::Estimate precision, recall, f1;
  reliability::Estimate
      second_opinion_recall;          // share of `rows` that the pixel model alone gets right
  reliability::Estimate reliable;     // share of `rows` called reliable
  reliability::Estimate coverage_95;  // share of `rows` whose 95 % set holds the label
};

struct VerdictQuality {
  reliability::Verdict verdict = reliability::Verdict::kReliable;
  std::size_t rows = 0;
  reliability::Estimate accuracy, second_opinion_accuracy;
  double mean_confidence = 0;  // NaN without rows
};

struct Breakdown {
  std::vector<ClassQuality> classes;     // [K]
  std::vector<std::size_t> confusion;    // [K, K]: rows are labels, columns answers
  std::vector<VerdictQuality> verdicts;  // reliable, uncertain, unfamiliar
};

// draws: of the rows. REQUIRES: labels and answers of `rows` are 0 .. classes - 1.
Breakdown MakeBreakdown(std::span<const CardRow> rows, std::size_t classes, const Bootstrap& draws);

}  // namespace credence::fitting
