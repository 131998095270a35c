// Computes report cards: how good a predictor and its profile are on labelled rows.
//
// Shares carry their exact 95 % Clopper-Pearson interval; the figures of P(correct) a 95 %
// percentile bootstrap over rows (200 resamples, seeded: the same rows give the same card).
// Threads: pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "fitting/card_row.h"
#include "reliability/report_card.h"

namespace credence::fitting {

// A score of each row that is to be high where the answer is right.
struct Scored {
  std::vector<double> score;
  std::vector<int> correct;
  bool is_probability = true;  // else it only ranks
};
Scored Take(std::span<const CardRow> rows, double CardRow::*score);

// count / n with its Clopper-Pearson interval; NaN when n is 0.
reliability::Estimate ShareOf(std::size_t count, std::size_t n);

reliability::ConfidenceQuality MakeQuality(const Scored& scored);

// The quality of `ours` minus that of `theirs` on the same rows, with the 95 % interval of a paired
// bootstrap: rows are drawn once for both. REQUIRES: the same rows in the same order.
reliability::ConfidenceQuality QualityDifference(const Scored& ours, const Scored& theirs);

reliability::ReportCard MakeReportCard(std::span<const CardRow> rows);

// How well a score that is high for the labelled rows tells foreign ones apart.
struct ForeignScore {
  reliability::Estimate auroc;        // labelled against foreign
  reliability::Estimate joint_auroc;  // correct against wrong or foreign
};
ForeignScore MakeForeignScore(std::span<const CardRow> labelled, std::span<const CardRow> foreign,
                              double CardRow::*score);

// How well pictures that are not the model's business are told apart. Positives: the labelled rows.
struct ForeignCard {
  std::size_t rows = 0;
  reliability::Estimate auroc, fpr95, aupr;                          // score -u
  reliability::Estimate flagged_1, flagged_5, unfamiliar, reliable;  // shares of the foreign rows
  // Accept the correct, reject the rest (wrong or foreign); score P(correct) min(1, p / α_u), and
  // for comparison the scaled softmax alone.
  reliability::Estimate joint_auroc, joint_auroc_scaled_softmax;
};

ForeignCard MakeForeignCard(std::span<const CardRow> labelled, std::span<const CardRow> foreign,
                            double alpha_unfamiliar);

}  // namespace credence::fitting
