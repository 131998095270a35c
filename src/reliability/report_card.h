// The report card: how good a predictor and its profile are on labelled rows.
//
// Shares carry their exact 95 % Clopper-Pearson interval; the figures of P(correct) a 95 %
// percentile bootstrap over rows (200 resamples, seeded: the same rows give the same card).
// Threads: pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "reliability/prediction_set.h"
#include "reliability/verdict.h"

namespace credence::reliability {

// One assessed row with its label.
struct CardRow {
  std::int32_t label = 0;
  std::int32_t predicted = 0;
  double confidence = 0;      // P(correct)
  double scaled_softmax = 0;  // largest probability after temperature scaling
  double max_softmax = 0;     // largest raw softmax
  double unfamiliarity = 0;   // u
  double familiarity = 0;     // p
  Verdict verdict = Verdict::kUncertain;
  std::array<std::size_t, kCoverageLevels.size()> set_size = {};
  std::array<bool, kCoverageLevels.size()> set_covers = {};  // holds the label

  int correct() const { return label == predicted ? 1 : 0; }
};

// NaN: not defined (no error, no reliable answer, …) or without an interval.
struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

// How well a confidence tells right from wrong.
struct ConfidenceQuality {
  Estimate nll, brier, ece_equal_width, ece_equal_mass;
  Estimate error_auroc, error_fpr95;
  Estimate aurc, e_aurc, augrc;  // plain; usually shown x 1000
  Estimate coverage_at_risk_1, coverage_at_risk_2, coverage_at_risk_5;
};

struct SetQuality {
  Estimate coverage, mean_size, single_class;
  Estimate worst_class_coverage;  // lowest over classes with at least 20 rows
};

struct ReportCard {
  std::size_t rows = 0;
  Estimate accuracy;
  ConfidenceQuality confidence;      // P(correct)
  ConfidenceQuality scaled_softmax;  // without intervals
  ConfidenceQuality max_softmax;     // without intervals
  std::array<SetQuality, kCoverageLevels.size()> sets;
  Estimate reliable, uncertain, unfamiliar;  // shares of the rows
  Estimate error_among_reliable;
  Estimate uncertain_of_correct;  // share of correct answers called uncertain
  Estimate flagged_1, flagged_5;  // share with p <= 1 %, p <= 5 %
};

ReportCard MakeReportCard(std::span<const CardRow> rows);

// How well pictures that are not the model's business are told apart. Positives: the labelled rows.
struct ForeignCard {
  std::size_t rows = 0;
  Estimate auroc, fpr95, aupr;                          // score -u
  Estimate flagged_1, flagged_5, unfamiliar, reliable;  // shares of the foreign rows
  // Accept the correct, reject the rest (wrong or foreign); score P(correct) min(1, p / α_u), and
  // for comparison the scaled softmax alone.
  Estimate joint_auroc, joint_auroc_scaled_softmax;
};

ForeignCard MakeForeignCard(std::span<const CardRow> labelled, std::span<const CardRow> foreign,
                            double alpha_unfamiliar);

// Calls visit(name, estimate) for every figure, names like "confidence.nll", "sets.95.coverage".
// One list for files, tables and tests. Card: [const] ReportCard.
template <class Card, class Visit>
void VisitFigures(Card& card, Visit&& visit);

// ---------------------------------------------------------------------------------------------------

template <class Quality, class Visit>
void VisitQuality(const std::string& prefix, Quality& q, Visit&& visit) {
  visit(prefix + ".nll", q.nll);
  visit(prefix + ".brier", q.brier);
  visit(prefix + ".ece_equal_width", q.ece_equal_width);
  visit(prefix + ".ece_equal_mass", q.ece_equal_mass);
  visit(prefix + ".error_auroc", q.error_auroc);
  visit(prefix + ".error_fpr95", q.error_fpr95);
  visit(prefix + ".aurc", q.aurc);
  visit(prefix + ".e_aurc", q.e_aurc);
  visit(prefix + ".augrc", q.augrc);
  visit(prefix + ".coverage_at_risk_1", q.coverage_at_risk_1);
  visit(prefix + ".coverage_at_risk_2", q.coverage_at_risk_2);
  visit(prefix + ".coverage_at_risk_5", q.coverage_at_risk_5);
}

template <class Card, class Visit>
void VisitFigures(Card& card, Visit&& visit) {
  visit(std::string("accuracy"), card.accuracy);
  VisitQuality("confidence", card.confidence, visit);
  VisitQuality("scaled_softmax", card.scaled_softmax, visit);
  VisitQuality("max_softmax", card.max_softmax, visit);
  constexpr std::array<const char*, kCoverageLevels.size()> kNames = {"sets.90", "sets.95",
                                                                      "sets.99"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const std::string prefix = kNames[i];
    visit(prefix + ".coverage", card.sets[i].coverage);
    visit(prefix + ".mean_size", card.sets[i].mean_size);
    visit(prefix + ".single_class", card.sets[i].single_class);
    visit(prefix + ".worst_class_coverage", card.sets[i].worst_class_coverage);
  }
  visit(std::string("verdicts.reliable"), card.reliable);
  visit(std::string("verdicts.uncertain"), card.uncertain);
  visit(std::string("verdicts.unfamiliar"), card.unfamiliar);
  visit(std::string("error_among_reliable"), card.error_among_reliable);
  visit(std::string("uncertain_of_correct"), card.uncertain_of_correct);
  visit(std::string("flagged_1"), card.flagged_1);
  visit(std::string("flagged_5"), card.flagged_5);
}

}  // namespace credence::reliability
