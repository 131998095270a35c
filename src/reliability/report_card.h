// The report card: how good a predictor and its profile are on labelled rows. A profile carries the
// card of its half B. Plain values; fitting/make_report_card.h computes them.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <string>

#include "reliability/prediction_set.h"

namespace credence::reliability {

// NaN: not defined (no error, no reliable answer, …) or without an interval.
struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

inline constexpr std::array<int, 5> kSelectiveCoverages = {50, 80, 90, 95, 99};  // percent

// How well a confidence tells right from wrong.
struct ConfidenceQuality {
  Estimate nll, brier, ece_equal_width, ece_equal_mass;  // not defined for a score that only ranks
  Estimate error_auroc, error_fpr95;
  Estimate aurc, e_aurc, augrc;  // plain; usually shown x 1000
  Estimate coverage_at_risk_1, coverage_at_risk_2, coverage_at_risk_5;
  // Accuracy among the most confident share of the rows, at kSelectiveCoverages.
  std::array<Estimate, kSelectiveCoverages.size()> selective_accuracy;
};

// How good the probabilities of all classes are. NLL: -ln of the label's, clipped to 1e-12; Brier:
// the sum of squared differences over classes. Means over rows.
struct PredictionQuality {
  Estimate nll, brier;
};

// What the pixel model alone would have answered.
struct SecondOpinionQuality {
  Estimate accuracy;
  Estimate agrees;                     // share of rows in which it names the model's class
  Estimate accuracy_where_agrees;      // of both
  Estimate right_where_differs;        // share of the other rows in which it is right
  Estimate model_right_where_differs;  // and in which the model is
};

struct SetQuality {
  Estimate coverage, mean_size, single_class;
  Estimate worst_class_coverage;  // lowest over classes with at least 20 rows
};

struct ReportCard {
  std::size_t rows = 0;
  Estimate accuracy;
  ConfidenceQuality p_correct;       // P(correct): what thresholds and certificates are made of
  ConfidenceQuality confidence;      // the published one, which falls with unfamiliarity, too
  ConfidenceQuality scaled_softmax;  // temperature scaling
  ConfidenceQuality max_softmax;     // the model's own
  PredictionQuality prediction, raw_prediction;
  SecondOpinionQuality second_opinion;  // not defined without a pixel side
  std::array<SetQuality, kCoverageLevels.size()> sets;
  Estimate reliable, uncertain, unfamiliar;  // shares of the rows
  Estimate error_among_reliable;
  Estimate uncertain_of_correct;  // share of correct answers called uncertain
  Estimate flagged_1, flagged_5;  // share with p <= 1 %, p <= 5 %
};

// Calls visit(name, estimate) for every figure, names like "confidence.nll", "sets.95.coverage".
// One list for files, tables and tests. Card: [const] ReportCard.
template <class Card, class Visit>
void VisitFigures(Card& card, Visit&& visit);

// --------------------------------------------------------------------------------

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
  for (std::size_t i = 0; i < kSelectiveCoverages.size(); ++i) {
    visit(prefix + ".accuracy_at_coverage_" + std::to_string(kSelectiveCoverages[i]),
          q.selective_accuracy[i]);
  }
}

template <class Card, class Visit>
void VisitFigures(Card& card, Visit&& visit) {
  visit(std::string("accuracy"), card.accuracy);
  VisitQuality("p_correct", card.p_correct, visit);
  VisitQuality("confidence", card.confidence, visit);
  VisitQuality("scaled_softmax", card.scaled_softmax, visit);
  VisitQuality("max_softmax", card.max_softmax, visit);
  visit(std::string("prediction.nll"), card.prediction.nll);
  visit(std::string("prediction.brier"), card.prediction.brier);
  visit(std::string("raw_prediction.nll"), card.raw_prediction.nll);
  visit(std::string("raw_prediction.brier"), card.raw_prediction.brier);
  visit(std::string("second_opinion.accuracy"), card.second_opinion.accuracy);
  visit(std::string("second_opinion.agrees"), card.second_opinion.agrees);
  visit(std::string("second_opinion.accuracy_where_agrees"),
        card.second_opinion.accuracy_where_agrees);
  visit(std::string("second_opinion.right_where_differs"), card.second_opinion.right_where_differs);
  visit(std::string("second_opinion.model_right_where_differs"),
        card.second_opinion.model_right_where_differs);
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
