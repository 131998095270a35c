#include "fitting/fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>
#include <unordered_set>

#include "fitting/cross_fit.h"
#include "fitting/experience.h"
#include "fitting/fit_check.h"
#include "fitting/make_report_card.h"
#include "fitting/metrics.h"
#include "fitting/temperature.h"
#include "reliability/assess.h"
#include "reliability/familiarity.h"
#include "reliability/logits.h"

namespace credence::fitting {
namespace {

template <class T>
std::vector<T> Gather(std::span<const T> values, const std::vector<std::size_t>& rows,
                      std::size_t size) {
  std::vector<T> gathered;
  gathered.reserve(rows.size() * size);
  for (const std::size_t row : rows) {
    const std::span<const T> source = RowOf(values, row, size);
    gathered.insert(gathered.end(), source.begin(), source.end());
  }
  return gathered;
}

// Assesses the rows of B as requests will be, so that they are exchangeable with them.
std::vector<reliability::Assessment> AssessB(const reliability::Profile& profile,
                                             const CalibrationRows& rows,
                                             const std::vector<std::size_t>& b) {
  const reliability::Assessor assessor(profile);
  reliability::AssessScratch scratch;
  std::vector<reliability::Assessment> assessments(b.size());
  std::vector<float> x(profile.thumbnail().size());
  for (std::size_t i = 0; i < b.size(); ++i) {
    reliability::AssessInput input;
    input.logits = RowOf(rows.logits, b[i], rows.classes);
    if (rows.feature_size != 0) {
      input.features = RowOf(rows.features, b[i], rows.feature_size);
    }
    if (!x.empty()) {
      reliability::MakeThumbnail(RowOf(rows.pictures, b[i], rows.shape.size()), rows.shape, x);
      input.x = x;
    }
    assessor.Assess(input, scratch, assessments[i]);
  }
  return assessments;
}

// What certifies: one row of each group of B.
struct Certifying {
  std::vector<reliability::Assessment> rows;
  std::vector<std::int32_t> labels;
};

// p-values and prediction sets.
void CertifyFamiliarity(const Certifying& b, reliability::Profile& profile) {
  const std::size_t n = b.rows.size();
  std::vector<double> scores;
  profile.u_sorted.clear();
  for (std::size_t i = 0; i < n; ++i) {
    profile.u_sorted.push_back(b.rows[i].unfamiliarity);
    const float p = b.rows[i].probabilities[static_cast<std::size_t>(b.labels[i])];
    scores.push_back(1 - static_cast<double>(p));
  }
  std::sort(profile.u_sorted.begin(), profile.u_sorted.end());
  for (std::size_t level = 0; level < reliability::kCoverageLevels.size(); ++level) {
    profile.lac_quantile[level] =
        reliability::LacQuantile(scores, reliability::kCoverageLevels[level]);
  }
  profile.rule.alpha_unfamiliar = reliability::AlphaUnfamiliar(n);
  profile.rule.alpha_reliable = reliability::AlphaReliable(n);
  profile.drift = reliability::DriftLevels(n);
}

// What the learning half says about each threshold.
std::vector<reliability::PilotPoint> MakePilot(const std::vector<double>& logits) {
  std::vector<reliability::PilotPoint> pilot;
  for (const double logit : ThresholdGrid(kCostMin)) {
    reliability::PilotPoint point{.logit = logit};
    double rows = 0;
    for (const double l : logits) {
      if (l < logit) continue;
      rows += 1;
      point.errors += 1 - reliability::Sigmoid(l);
    }
    if (rows == 0) continue;
    point.share = rows / static_cast<double>(logits.size());
    point.errors /= rows;
    pilot.push_back(point);
  }
  return pilot;
}

// The ladder, the rung of the verdict, and the certificates of classes.
void CertifyRisks(const Certifying& b, const Experience& experience, const FitOptions& options,
                  reliability::Profile& profile, FitReport& report) {
  reliability::VerdictRule& rule = profile.rule;
  std::vector<double> logits;
  std::vector<std::int32_t> predicted;
  std::vector<int> errors;
  for (std::size_t i = 0; i < b.rows.size(); ++i) {
    const reliability::Assessment& row = b.rows[i];
    const double p = reliability::ConformalP(profile.u_sorted, row.unfamiliarity);
    if (p <= rule.alpha_reliable + 1e-12) continue;
    logits.push_back(row.logit + reliability::CostShift(rule, row.predicted));
    predicted.push_back(static_cast<std::int32_t>(row.predicted));
    errors.push_back(predicted.back() == b.labels[i] ? 0 : 1);
  }
  const std::vector<double> learned = LearnLogits(experience, profile);
  profile.pilot = MakePilot(learned);
  const RiskData data = {
      .learned = {.logits = learned, .predicted = experience.predicted},
      .certifying = {
          .logits = logits, .predicted = predicted, .errors = errors, .n = b.rows.size()}};
  const std::vector<double> risks =
      options.risk
          ? std::vector<double>{*options.risk}
          : std::vector<double>(reliability::kRiskLadder.begin(), reliability::kRiskLadder.end());
  profile.risk_error = options.risk_error;
  LadderSearch ladder = SearchLadder(data, risks, options.risk_error, options.cost);
  rule.rungs = std::move(ladder.rungs);
  report.risks = std::move(ladder.searches);
  rule.rung = options.reliable_share ? RungOfShare(rule.rungs, *options.reliable_share)
                                     : BestRung(rule.rungs, options.cost);
  rule.class_risk.assign(profile.classes, std::numeric_limits<double>::quiet_NaN());
  if (!rule.rung) return;
  ClassCertificates classes =
      CertifyClasses(data, profile.classes, *rule.theta(), options.risk_error);
  rule.class_risk = std::move(classes.risk);
  report.classes_tested = std::move(classes.tested);
}

// What the weights of u are learned from, and the weights.
void WeighSignals(const LearnRows& learn, Experience& experience, reliability::Profile& profile) {
  reliability::Evidence& evidence = profile.evidence;
  const std::size_t n = learn.labels.size();
  const auto share = [n](auto count) {
    return static_cast<double>(count) / static_cast<double>(n);
  };
  std::vector<std::size_t> of_class(learn.classes);
  std::vector<double> right, wrong;
  for (std::size_t i = 0; i < n; ++i) {
    ++of_class[static_cast<std::size_t>(learn.labels[i])];
    const double energy = experience.rows[i][reliability::kEnergy];
    (experience.rows_correct[i] != 0 ? right : wrong).push_back(energy);
  }
  if (profile.has_pixels()) {
    evidence.pixels = {
        .pixel_accuracy = share(experience.pixels_correct),
        .model_accuracy = share(right.size()),
        .largest_class_share = share(*std::max_element(of_class.begin(), of_class.end()))};
    evidence.content = reliability::HasContent(evidence.pixels);
  }
  if (!evidence.content) DropShape(experience);
  evidence.errors = wrong.size();
  evidence.energy_auroc = Auroc(right, wrong);
  profile.standard = MeasureStandard(experience.rows);
  profile.u_weight = reliability::UnfamiliarityWeights(
      profile.standard, reliability::EnergyWeight(evidence.errors, evidence.energy_auroc));
}

void CountClasses(const CalibrationRows& rows, const Split& split,
                  reliability::Provenance& provenance) {
  provenance.rows_a = split.a.size();
  provenance.rows_b = split.b.size();
  provenance.groups_a = split.groups_a;
  provenance.groups_b = split.groups_b;
  provenance.class_rows_a.assign(rows.classes, 0);
  provenance.class_rows_b.assign(rows.classes, 0);
  for (const std::size_t row : split.a) {
    ++provenance.class_rows_a[static_cast<std::size_t>(rows.labels[row])];
  }
  for (const std::size_t row : split.b) {
    ++provenance.class_rows_b[static_cast<std::size_t>(rows.labels[row])];
  }
}

std::size_t CountDuplicates(const CalibrationRows& rows, const Split& split) {
  const auto bytes = [&](std::size_t row) {
    const auto picture = RowOf(rows.pictures, row, rows.shape.size());
    return std::string_view(reinterpret_cast<const char*>(picture.data()), picture.size());
  };
  std::unordered_set<std::string_view> in_a;
  for (const std::size_t row : split.a) in_a.insert(bytes(row));
  return static_cast<std::size_t>(std::count_if(
      split.b.begin(), split.b.end(), [&](std::size_t row) { return in_a.contains(bytes(row)); }));
}

LearnRows GatherA(const CalibrationRows& rows, const Split& split, std::span<const float> logits) {
  LearnRows learn;
  learn.picture = rows.shape;
  learn.classes = rows.classes;
  learn.feature_size = rows.feature_size;
  learn.labels = Gather(rows.labels, split.a, 1);
  learn.groups = split.group_a;
  learn.group_count = split.groups_a;
  learn.temperature = FitTemperature(logits, rows.classes, learn.labels).temperature;
  learn.x = Thumbnails(Gather(rows.pictures, split.a, rows.shape.size()), rows.shape);
  learn.features = Gather(rows.features, split.a, rows.feature_size);
  return learn;
}

// Divides the rows and says what there is to say of the two halves.
Result<void> DivideRows(const CalibrationRows& rows, const FitOptions& options,
                        reliability::Profile& profile, FitReport& report) {
  report.split = SplitRows(options.seed, rows.labels.size(), rows.groups);
  if (Result<void> enough = CheckGroups(rows, report.split); !enough.ok()) return enough;
  report.duplicates = CountDuplicates(rows, report.split);
  profile.provenance.seed = options.seed;
  CountClasses(rows, report.split, profile.provenance);
  profile.classes = rows.classes;
  profile.picture = rows.shape;
  profile.feature_size = rows.feature_size;
  profile.foreign_share = options.foreign_share;
  profile.rule.cost = options.cost;
  profile.rule.class_cost = options.class_cost;
  profile.rule.class_risk_max = options.class_risk;
  if (!rows.groups.empty() || profile.thumbnail().size() == 0) return {};
  report.suspicion = SuspectGroups({.x = Thumbnails(rows.pictures, rows.shape),
                                    .size = profile.thumbnail().size(),
                                    .labels = rows.labels,
                                    .order = rows.order},
                                   report.split);
  profile.suspicion = report.suspicion.verdict;
  return {};
}

Certifying ChooseCertifying(const Split& split, std::vector<reliability::Assessment> b,
                            const std::vector<std::int32_t>& labels) {
  Certifying certifying;
  for (const std::size_t place : split.certify) {
    certifying.rows.push_back(std::move(b[place]));
    certifying.labels.push_back(labels[place]);
  }
  return certifying;
}

// The report card of the finished profile on B.
void AddCard(const CalibrationRows& rows, const Split& split,
             const std::vector<std::int32_t>& labels, const std::vector<reliability::Assessment>& b,
             reliability::Profile& profile) {
  std::vector<CardRow> card_rows;
  for (std::size_t i = 0; i < b.size(); ++i) {
    card_rows.push_back(MakeCardRow(b[i], RowOf(rows.logits, split.b[i], rows.classes), labels[i]));
    if (!rows.groups.empty()) card_rows.back().group = rows.groups[split.b[i]];
  }
  profile.card = MakeReportCard(card_rows, profile.provenance.seed);
}

// What is added to the profile when the rule of pictures is finished.
Result<void> AddFields(const CalibrationRows& rows, const Experience& experience,
                       const std::vector<std::int32_t>& labels,
                       const std::vector<reliability::Assessment>& b, const FitOptions& options,
                       reliability::Profile& profile, FitReport& report) {
  if (!options.fields.any()) return {};
  const std::vector<double> logits_a = LearnLogits(experience, profile);
  FieldOptions fields = options.fields;
  fields.reliable_share = options.reliable_share;
  auto certified = CertifyFields({.seed = options.seed,
                                  .split = &report.split,
                                  .groups = rows.groups,
                                  .torn = rows.torn,
                                  .logits_a = logits_a,
                                  .rows_b = b,
                                  .labels_b = labels},
                                 fields, profile.rule, options.risk_error);
  if (!certified) return certified.error();
  profile.fields = std::move(certified->certificates);
  report.fields = std::move(certified->searches);
  return {};
}

}  // namespace

Result<Fitted> FitProfile(const CalibrationRows& rows, const RunModel& run_model,
                          const FitOptions& options) {
  if (Result<void> checked = CheckRows(rows, options); !checked.ok()) return checked.error();
  Fitted fitted;
  reliability::Profile& profile = fitted.profile;
  FitReport& report = fitted.report;
  if (Result<void> divided = DivideRows(rows, options, profile, report); !divided.ok()) {
    return divided.error();
  }
  const Split& split = report.split;
  ModelOutputs a;
  a.logits = Gather(rows.logits, split.a, rows.classes);
  a.features = Gather(rows.features, split.a, rows.feature_size);
  const LearnRows learn = GatherA(rows, split, a.logits);
  const CrossFit cross_fit(learn, options.seed);
  profile.temperature = learn.temperature;
  cross_fit.Store(profile);

  Experience experience;
  LookAtRows(cross_fit, learn, a, experience);
  if (Result<void> learned =
          LearnFromCopies(rows, learn, cross_fit, run_model, options.seed, experience, report);
      !learned.ok()) {
    return learned.error();
  }
  WeighSignals(learn, experience, profile);
  FitHead(experience, split.groups_a, profile);

  const std::vector<std::int32_t> labels_b = Gather(rows.labels, split.b, 1);
  const Certifying certifying = ChooseCertifying(split, AssessB(profile, rows, split.b), labels_b);
  CertifyFamiliarity(certifying, profile);
  CertifyRisks(certifying, experience, options, profile, report);
  const std::vector<reliability::Assessment> b = AssessB(profile, rows, split.b);
  AddCard(rows, split, labels_b, b, profile);
  if (Result<void> added = AddFields(rows, experience, labels_b, b, options, profile, report);
      !added.ok()) {
    return added.error();
  }
  AddWarnings(rows, profile, experience.rows_correct, report);
  if (Result<void> valid = reliability::Validate(profile); !valid.ok()) {
    return Annotate(valid.error(), "the fitted profile");
  }
  return fitted;
}

}  // namespace credence::fitting
