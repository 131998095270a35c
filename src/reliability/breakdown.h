// The report card by class and by verdict.
// Threads: pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "reliability/report_card.h"

namespace credence::reliability {

// Definitions of precision, recall, F1 and confusion are scikit-learn's. Estimates are NaN where
// they have nothing to count; shares have their 95 % interval.
struct ClassQuality {
  std::size_t rows = 0;       // with this label
  std::size_t predicted = 0;  // with this answer
  Estimate precision, recall, f1;
  Estimate second_opinion_recall;  // share of `rows` that the pixel model alone gets right
  Estimate reliable;               // share of `rows` called reliable
  Estimate coverage_95;            // share of `rows` whose 95 % set holds the label
};

struct VerdictQuality {
  Verdict verdict = Verdict::kReliable;
  std::size_t rows = 0;
  Estimate accuracy, second_opinion_accuracy;
  double mean_confidence = 0;  // NaN without rows
};

struct Breakdown {
  std::vector<ClassQuality> classes;     // [K]
  std::vector<std::size_t> confusion;    // [K, K]: rows are labels, columns answers
  std::vector<VerdictQuality> verdicts;  // reliable, uncertain, unfamiliar
};

// REQUIRES: labels and answers of `rows` are 0 .. classes - 1.
Breakdown MakeBreakdown(std::span<const CardRow> rows, std::size_t classes);

}  // namespace credence::reliability
