// Computes report cards: how good a predictor and its profile are on labelled rows.
//
// Figures carry a 95 % percentile bootstrap over rows, or over groups where rows belong together
// (seeded: the same rows give the same card); shares without groups their exact 95 %
// Clopper-Pearson interval.
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fitting/bootstrap.h"
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

// Without intervals.
reliability::ConfidenceQuality MakeQuality(const Scored& scored);
reliability::ConfidenceQuality MakeQuality(const Scored& scored, const Bootstrap& draws);

// The quality of `ours` minus that of `theirs`, both drawn alike. REQUIRES: the same rows in the
// same order.
reliability::ConfidenceQuality QualityDifference(const Scored& ours, const Scored& theirs,
                                                 const Bootstrap& draws);

// seed: of the draws.
reliability::ReportCard MakeReportCard(std::span<const CardRow> rows, std::uint64_t seed = 0);

// How well a score that is high for the labelled rows tells foreign ones apart.
struct ForeignScore {
  reliability::Estimate auroc;  // labelled against foreign
  reliability::Estimate fpr95;
  reliability::Estimate joint_auroc;  // correct against wrong or foreign
  reliability::Estimate difference;   // AUROC of familiarity minus this one's
};
// draws: of the labelled and these foreign rows.
ForeignScore MakeForeignScore(std::span<const CardRow> labelled, std::span<const CardRow> foreign,
                              double CardRow::*score, const Bootstrap& draws);

// How well pictures that are not the model's business are told apart. Positives: the labelled rows.
struct ForeignCard {
  std::size_t rows = 0;
  reliability::Estimate auroc, fpr95, aupr;  // score -u
  // Shares of the foreign rows.
  reliability::Estimate flagged_1, flagged_5, unfamiliar, reliable;
  reliability::Estimate confident;          // with a confidence of .9 or more
  reliability::Estimate confident_ungated;  // with a P(correct) of .9 or more
  // Accept the correct, reject the rest (wrong or foreign), by the confidence, and for comparison
  // by the scaled softmax alone.
  reliability::Estimate joint_auroc, joint_auroc_scaled_softmax;
};
inline constexpr double kConfident = 0.9;

ForeignCard MakeForeignCard(std::span<const CardRow> labelled, std::span<const CardRow> foreign,
                            const Bootstrap& draws);

// The share of rows with p <= alpha, of those that are like the certifying ones: not doubtful.
reliability::Estimate FlaggedShare(std::span<const CardRow> rows, double alpha,
                                   const Bootstrap& draws);

// One risk of the ladder on these rows.
struct RungQuality {
  double risk = 0;              // ρ
  reliability::Estimate share;  // of the rows whose certified risk is at most ρ
  reliability::Estimate error;  // error rate among them
  double saving = 0;            // share x (1 / cost - ρ)
};
std::vector<RungQuality> MakeLadder(std::span<const CardRow> rows,
                                    const reliability::VerdictRule& rule, const Bootstrap& draws);

}  // namespace credence::fitting
