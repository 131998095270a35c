#include "report/text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "report/append.h"

namespace credence::report {
namespace {

using reliability::ConfidenceQuality;
using reliability::Estimate;

// ".9841 [.97, .99]" without an interval where there is none; "-" where it is not defined.
std::string Figure(const Estimate& estimate, double factor = 1) {
  if (!std::isfinite(estimate.value)) return "-";
  char text[80];
  std::snprintf(text, sizeof text, "%.4f", estimate.value * factor);
  std::string out = text;
  if (std::isfinite(estimate.low) && std::isfinite(estimate.high)) {
    std::snprintf(text, sizeof text, " [%.4f, %.4f]", estimate.low * factor,
                  estimate.high * factor);
    out += text;
  }
  return out;
}

void AddLine(std::string& out, const char* name, const Estimate& estimate) {
  Append(out, "  %-34s %s\n", name, Figure(estimate).c_str());
}

struct QualityRow {
  const char* name = nullptr;
  Estimate ConfidenceQuality::*figure = nullptr;
  double factor = 1;
};
constexpr QualityRow kQualityRows[] = {
    {"error AUROC", &ConfidenceQuality::error_auroc},
    {"error FPR at 95 % TPR", &ConfidenceQuality::error_fpr95},
    {"AURC x 1000", &ConfidenceQuality::aurc, 1000},
    {"E-AURC x 1000", &ConfidenceQuality::e_aurc, 1000},
    {"AUGRC x 1000", &ConfidenceQuality::augrc, 1000},
    {"ECE, equal width", &ConfidenceQuality::ece_equal_width},
    {"ECE, equal mass", &ConfidenceQuality::ece_equal_mass},
    {"NLL", &ConfidenceQuality::nll},
    {"Brier", &ConfidenceQuality::brier},
    {"coverage at 1 % risk", &ConfidenceQuality::coverage_at_risk_1},
    {"coverage at 2 % risk", &ConfidenceQuality::coverage_at_risk_2},
    {"coverage at 5 % risk", &ConfidenceQuality::coverage_at_risk_5},
};

void AddQuality(std::string& out, const reliability::ReportCard& card) {
  Append(out, "  %-25s %-26s  %-26s  %-26s  %s\n", "", "confidence", "P(correct)",
         "temperature scaling", "max softmax");
  for (const QualityRow& row : kQualityRows) {
    Append(out, "  %-25s %-26s  %-26s  %-26s  %s\n", row.name,
           Figure(card.confidence.*row.figure, row.factor).c_str(),
           Figure(card.p_correct.*row.figure, row.factor).c_str(),
           Figure(card.scaled_softmax.*row.figure, row.factor).c_str(),
           Figure(card.max_softmax.*row.figure, row.factor).c_str());
  }
}

void AddSelective(std::string& out, const reliability::ReportCard& card) {
  for (std::size_t i = 0; i < reliability::kSelectiveCoverages.size(); ++i) {
    Append(out, "  accuracy of the best %d %% %-26s  %-26s  %-26s  %s\n",
           reliability::kSelectiveCoverages[i],
           Figure(card.confidence.selective_accuracy[i]).c_str(),
           Figure(card.p_correct.selective_accuracy[i]).c_str(),
           Figure(card.scaled_softmax.selective_accuracy[i]).c_str(),
           Figure(card.max_softmax.selective_accuracy[i]).c_str());
  }
}

void AddSets(std::string& out, const reliability::ReportCard& card) {
  Append(out, "  %-16s %-26s %-26s %-26s %s\n", "prediction set", "coverage", "mean size",
         "a single class", "worst class");
  for (std::size_t i = 0; i < card.sets.size(); ++i) {
    const reliability::SetQuality& set = card.sets[i];
    Append(out, "  %-2.0f %%             %-26s %-26s %-26s %s\n",
           100 * reliability::kCoverageLevels[i], Figure(set.coverage).c_str(),
           Figure(set.mean_size).c_str(), Figure(set.single_class).c_str(),
           Figure(set.worst_class_coverage).c_str());
  }
}

void AddVerdicts(std::string& out, const fitting::Breakdown& breakdown) {
  Append(out, "\n  %-14s %8s  %-26s %-16s %s\n", "verdict", "pictures", "accuracy",
         "mean confidence", "accuracy of the pixel model alone");
  for (const fitting::VerdictQuality& v : breakdown.verdicts) {
    const Estimate confidence = {.value = v.mean_confidence};
    Append(out, "  %-14s %8zu  %-26s %-16s %s\n",
           std::string(reliability::VerdictName(v.verdict)).c_str(), v.rows,
           Figure(v.accuracy).c_str(), Figure(confidence).c_str(),
           Figure(v.second_opinion_accuracy).c_str());
  }
}

// All classes where they are few, else those that are recognised worst.
void AddClasses(std::string& out, const calibration::Evaluation& evaluation) {
  constexpr std::size_t kClassesShown = 30;
  const auto& classes = evaluation.breakdown.classes;
  std::vector<std::size_t> shown(classes.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  if (shown.size() > kClassesShown) {
    std::erase_if(shown, [&](std::size_t k) { return classes[k].rows == 0; });
    std::stable_sort(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) {
      return classes[a].recall.value < classes[b].recall.value;
    });
    shown.resize(std::min(shown.size(), kClassesShown));
    Append(out, "\n  the %zu classes that are recognised worst, of %zu\n", shown.size(),
           classes.size());
  }
  Append(out, "\n  %-14s %8s  %-10s %-26s %-8s %-12s %-10s %s\n", "class", "pictures", "precision",
         "recall", "F1", "pixel model", "reliable", "in the 95 % set");
  for (const std::size_t k : shown) {
    const fitting::ClassQuality& c = classes[k];
    const auto value = [](const Estimate& e) { return Figure({.value = e.value}); };
    Append(out, "  %-14.60s %8zu  %-10s %-26s %-8s %-12s %-10s %s\n",
           evaluation.class_names[k].c_str(), c.rows, value(c.precision).c_str(),
           Figure(c.recall).c_str(), value(c.f1).c_str(), value(c.second_opinion_recall).c_str(),
           value(c.reliable).c_str(), value(c.coverage_95).c_str());
  }
}

void AddComparison(std::string& out, const calibration::Evaluation& evaluation,
                   const calibration::Comparison& comparison) {
  Append(out, "\ncompared with %s\n", comparison.name.c_str());
  Append(out, "  %-26s %-12s %-12s %s\n", "", "confidence", "other", "difference [95 %]");
  for (const QualityRow& row : kQualityRows) {
    const Estimate& theirs = comparison.quality.*row.figure;
    if (std::isnan(theirs.value)) continue;
    const Estimate ours = {.value = (evaluation.card.confidence.*row.figure).value};
    Append(out, "  %-26s %-12s %-12s %s\n", row.name, Figure(ours, row.factor).c_str(),
           Figure({.value = theirs.value}, row.factor).c_str(),
           Figure(comparison.difference.*row.figure, row.factor).c_str());
  }
}

// One line a baseline: whether ours orders errors better.
void AddBaselines(std::string& out, const calibration::Evaluation& evaluation) {
  Append(out, "\n  %-24s %-26s %s\n", "beside the confidence", "error AUROC",
         "ours minus this one [95 %]");
  for (const calibration::Comparison& comparison : evaluation.comparisons) {
    Append(out, "  %-24.60s %-26s %s\n", comparison.name.c_str(),
           Figure(comparison.quality.error_auroc).c_str(),
           Figure(comparison.difference.error_auroc).c_str());
  }
}

void AddLadder(std::string& out, const calibration::Evaluation& evaluation) {
  const reliability::VerdictRule& rule = evaluation.profile.rule;
  if (rule.rungs.empty()) return;
  Append(out, "\n  %-16s %-12s %-26s %-26s %s\n", "certified risk", "P(correct)", "share",
         "errors among them", "saving a picture");
  for (std::size_t i = 0; i < evaluation.ladder.size(); ++i) {
    const fitting::RungQuality& rung = evaluation.ladder[i];
    const std::optional<double> theta = rule.rungs[i].theta;
    Append(out, "  %s %5g %%        %-12s %-26s %-26s %s\n", rule.rung == i ? "*" : " ",
           100 * rung.risk, theta ? Figure({.value = reliability::Sigmoid(*theta)}).c_str() : "-",
           Figure(rung.share).c_str(), Figure(rung.error).c_str(),
           theta ? Figure({.value = rung.saving}).c_str() : "-");
  }
}

// What is promised of each class. Those that a line a class would flood: the certified ones.
void AddCertificates(std::string& out, const calibration::Evaluation& evaluation) {
  if (!evaluation.profile.rule.rung) return;
  constexpr std::size_t kShown = 50;
  Append(out, "\n  %-14s %-26s %-10s %s\n", "class", "certified risk of its own", "reliable",
         "wrong among them");
  std::size_t shown = 0;
  std::size_t left_out = 0;
  for (std::size_t k = 0; k < evaluation.certificates.size(); ++k) {
    const calibration::ClassCertificate& c = evaluation.certificates[k];
    const bool own = !std::isnan(c.risk);
    if (shown == kShown || (!own && evaluation.certificates.size() > kShown)) {
      ++left_out;
      continue;
    }
    ++shown;
    char risk[40] = "not certified on its own";
    if (own) std::snprintf(risk, sizeof risk, "%g %%", 100 * c.risk);
    Append(out, "  %-14.60s %-26s %-10zu %zu\n", evaluation.class_names[k].c_str(), risk,
           c.reliable, c.errors);
  }
  if (left_out != 0) Append(out, "  %zu classes are not shown; --json has them\n", left_out);
}

void AddFields(std::string& out, const calibration::Evaluation& evaluation) {
  for (const fitting::FieldCard& card : evaluation.fields) {
    Append(out, "\nfields of %zu pictures, %s: %zu\n", card.length,
           card.given ? "the groups" : "made of independent ones", card.fields);
    AddLine(out, "all pictures right", card.right);
    Append(out, "  %-34s %.4f\n", "mean P(all right)", card.mean_p_correct);
    Append(out, "  %-34s %.4f\n", "mean confidence", card.mean_confidence);
    AddLine(out, "ECE of P(all right)", {.value = card.ece});
    AddLine(out, "error AUROC of P(all right)", {.value = card.error_auroc});
    AddLine(out, "reliable", card.reliable);
    AddLine(out, "uncertain", card.uncertain);
    AddLine(out, "unfamiliar", card.unfamiliar);
    AddLine(out, "errors among reliable", card.error_among_reliable);
    for (const fitting::FieldCard::Rung& rung : card.rungs) {
      Append(out, "  %s certified %4g %% wrong: share %-26s errors among them %s\n",
             rung.chosen ? "*" : " ", 100 * rung.risk,
             rung.certified ? Figure(rung.share).c_str() : "-", Figure(rung.error).c_str());
    }
  }
}

void AddWorstGroups(std::string& out, const calibration::Evaluation& evaluation) {
  if (evaluation.worst_groups.empty()) return;
  Append(out, "\n  %-10s %-8s %-16s %s\n", "wrong", "of", "of them reliable",
         "group, by its first wrong picture");
  for (const calibration::GroupErrors& group : evaluation.worst_groups) {
    Append(out, "  %-10zu %-8zu %-16zu %s\n", group.errors, group.rows, group.reliable_errors,
           group.first.c_str());
  }
}

void AddForeign(std::string& out, const calibration::Foreign& foreign) {
  Append(out, "\nunfamiliar pictures: %s\n", foreign.assessed.name.c_str());
  Append(out, "  %-34s %zu\n", "pictures", foreign.card.rows);
  if (foreign.assessed.invalid != 0) {
    Append(out, "  warning: left out %zu pictures for which the model's output is not finite\n",
           foreign.assessed.invalid);
  }
  AddLine(out, "AUROC", foreign.card.auroc);
  AddLine(out, "FPR at 95 % TPR", foreign.card.fpr95);
  AddLine(out, "AUPR", foreign.card.aupr);
  AddLine(out, "flagged at p <= 1 %", foreign.card.flagged_1);
  AddLine(out, "flagged at p <= 5 %", foreign.card.flagged_5);
  AddLine(out, "called unfamiliar", foreign.card.unfamiliar);
  AddLine(out, "called reliable", foreign.card.reliable);
  AddLine(out, "confidence .9 or more", foreign.card.confident);
  AddLine(out, "P(correct) .9 or more", foreign.card.confident_ungated);
  AddLine(out, "joint AUROC", foreign.card.joint_auroc);
  AddLine(out, "joint AUROC, scaled softmax alone", foreign.card.joint_auroc_scaled_softmax);
  for (const calibration::ForeignComparison& comparison : foreign.comparisons) {
    Append(out, "  %s: AUROC %s, ours minus it %s, FPR %s, joint AUROC %s\n",
           comparison.name.c_str(), Figure(comparison.score.auroc).c_str(),
           Figure(comparison.score.difference).c_str(), Figure(comparison.score.fpr95).c_str(),
           Figure(comparison.score.joint_auroc).c_str());
  }
}

}  // namespace

std::string ToText(const reliability::ReportCard& card) {
  std::string out;
  Append(out, "  %-34s %zu\n", "pictures", card.rows);
  AddLine(out, "accuracy", card.accuracy);
  AddQuality(out, card);
  AddSelective(out, card);
  AddSets(out, card);
  AddLine(out, "class probabilities: NLL", card.prediction.nll);
  AddLine(out, "  raw", card.raw_prediction.nll);
  AddLine(out, "class probabilities: Brier", card.prediction.brier);
  AddLine(out, "  raw", card.raw_prediction.brier);
  AddLine(out, "reliable", card.reliable);
  AddLine(out, "uncertain", card.uncertain);
  AddLine(out, "unfamiliar", card.unfamiliar);
  AddLine(out, "errors among reliable", card.error_among_reliable);
  AddLine(out, "uncertain of correct answers", card.uncertain_of_correct);
  AddLine(out, "flagged at p <= 1 %", card.flagged_1);
  AddLine(out, "flagged at p <= 5 %", card.flagged_5);
  AddLine(out, "pixel model alone: accuracy", card.second_opinion.accuracy);
  AddLine(out, "  names the model's class", card.second_opinion.agrees);
  AddLine(out, "  accuracy where it does", card.second_opinion.accuracy_where_agrees);
  AddLine(out, "  right where it differs", card.second_opinion.right_where_differs);
  AddLine(out, "  model right where it differs", card.second_opinion.model_right_where_differs);
  return out;
}

std::string ToText(const calibration::Evaluation& evaluation) {
  std::string out = ToText(evaluation.card);
  Append(out, "  %-34s %.4f\n", "mean confidence", evaluation.mean_confidence);
  Append(out, "  %-34s %.4f\n", "mean P(correct)", evaluation.mean_p_correct);
  for (const std::string& warning : evaluation.warnings) {
    Append(out, "  warning: %s\n", warning.c_str());
  }
  AddVerdicts(out, evaluation.breakdown);
  AddLadder(out, evaluation);
  AddClasses(out, evaluation);
  AddCertificates(out, evaluation);
  AddFields(out, evaluation);
  AddWorstGroups(out, evaluation);
  AddBaselines(out, evaluation);
  if (evaluation.in_full) {
    for (const calibration::Comparison& comparison : evaluation.comparisons) {
      AddComparison(out, evaluation, comparison);
    }
  }
  if (evaluation.other) {
    Append(out, "\nreport card with %s\n", evaluation.other->name.c_str());
    out += ToText(evaluation.other->card);
  }
  for (const calibration::Foreign& foreign : evaluation.foreign) AddForeign(out, foreign);
  return out;
}

}  // namespace credence::report
