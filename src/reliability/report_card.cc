#include "reliability/report_card.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "reliability/binomial.h"
#include "reliability/metrics.h"
#include "reliability/random.h"

namespace credence::reliability {
namespace {

constexpr std::size_t kResamples = 200;
constexpr std::uint64_t kBootstrapSeed = 0;
constexpr std::size_t kClassRowsMin = 20;

Estimate Point(double value) { return {.value = value}; }

Estimate Share(std::size_t count, std::size_t n) {
  if (n == 0) return {};
  const Interval interval = ClopperPearson(count, n);
  return {.value = static_cast<double>(count) / static_cast<double>(n),
          .low = interval.low,
          .high = interval.high};
}

// Share of the rows among those with `base` that also have `holds`.
template <class Rows, class Base, class Holds>
Estimate ShareWhere(const Rows& rows, Base&& base, Holds&& holds) {
  std::size_t n = 0;
  std::size_t count = 0;
  for (const CardRow& row : rows) {
    if (!base(row)) continue;
    ++n;
    if (holds(row)) ++count;
  }
  return Share(count, n);
}

bool Any(const CardRow&) { return true; }

struct Scored {
  std::vector<double> confidence;
  std::vector<int> correct;
};

ConfidenceQuality Quality(const Scored& s) {
  std::vector<double> right;
  std::vector<double> wrong;
  for (std::size_t i = 0; i < s.correct.size(); ++i) {
    (s.correct[i] != 0 ? right : wrong).push_back(s.confidence[i]);
  }
  const RiskCoverage area = AreaUnderRiskCoverage(s.confidence, s.correct);
  ConfidenceQuality q;
  q.nll = Point(ConfidenceNll(s.confidence, s.correct));
  q.brier = Point(Brier(s.confidence, s.correct));
  q.ece_equal_width = Point(EceEqualWidth(s.confidence, s.correct));
  q.ece_equal_mass = Point(EceEqualMass(s.confidence, s.correct));
  q.error_auroc = Point(Auroc(right, wrong));
  q.error_fpr95 = Point(Fpr95(right, wrong));
  q.aurc = Point(area.aurc);
  q.e_aurc = Point(area.e_aurc);
  q.augrc = Point(area.augrc);
  q.coverage_at_risk_1 = Point(CoverageAtRisk(s.confidence, s.correct, 0.01));
  q.coverage_at_risk_2 = Point(CoverageAtRisk(s.confidence, s.correct, 0.02));
  q.coverage_at_risk_5 = Point(CoverageAtRisk(s.confidence, s.correct, 0.05));
  return q;
}

Scored Take(std::span<const CardRow> rows, double CardRow::*confidence) {
  Scored s;
  for (const CardRow& row : rows) {
    s.confidence.push_back(row.*confidence);
    s.correct.push_back(row.correct());
  }
  return s;
}

void AddBootstrapIntervals(const Scored& s, ConfidenceQuality& quality) {
  const std::size_t n = s.correct.size();
  std::map<std::string, std::vector<double>> samples;
  Scored resample{.confidence = std::vector<double>(n), .correct = std::vector<int>(n)};
  for (std::size_t r = 0; r < kResamples; ++r) {
    const std::uint64_t stream = SubSeed(kBootstrapSeed, r);
    for (std::size_t i = 0; i < n; ++i) {
      const auto from = static_cast<std::size_t>(Uniform(stream, i) * static_cast<double>(n));
      resample.confidence[i] = s.confidence[from];
      resample.correct[i] = s.correct[from];
    }
    const ConfidenceQuality drawn = Quality(resample);
    VisitQuality("", drawn, [&](const std::string& name, const Estimate& e) {
      if (!std::isnan(e.value)) samples[name].push_back(e.value);
    });
  }
  VisitQuality("", quality, [&](const std::string& name, Estimate& e) {
    std::vector<double>& values = samples[name];
    if (values.size() < kResamples) return;
    std::sort(values.begin(), values.end());
    e.low = values[kResamples / 40];
    e.high = values[kResamples - 1 - kResamples / 40];
  });
}

SetQuality Sets(std::span<const CardRow> rows, std::size_t level) {
  SetQuality q;
  q.coverage = ShareWhere(rows, Any, [&](const CardRow& r) { return r.set_covers[level]; });
  q.single_class = ShareWhere(rows, Any, [&](const CardRow& r) { return r.set_size[level] == 1; });
  double size = 0;
  struct Count {
    std::size_t rows = 0;
    std::size_t covered = 0;
  };
  std::map<std::int32_t, Count> classes;
  for (const CardRow& row : rows) {
    size += static_cast<double>(row.set_size[level]);
    Count& count = classes[row.label];
    ++count.rows;
    if (row.set_covers[level]) ++count.covered;
  }
  q.mean_size = Point(size / static_cast<double>(rows.size()));
  for (const auto& [label, count] : classes) {
    if (count.rows < kClassRowsMin) continue;
    const Estimate share = Share(count.covered, count.rows);
    if (!(q.worst_class_coverage.value <= share.value)) q.worst_class_coverage = share;
  }
  return q;
}

bool IsReliable(const CardRow& row) { return row.verdict == Verdict::kReliable; }
bool IsUnfamiliar(const CardRow& row) { return row.verdict == Verdict::kUnfamiliar; }
bool IsUncertain(const CardRow& row) { return row.verdict == Verdict::kUncertain; }
bool IsCorrect(const CardRow& row) { return row.correct() != 0; }

}  // namespace

ReportCard MakeReportCard(std::span<const CardRow> rows) {
  ReportCard card;
  card.rows = rows.size();
  if (rows.empty()) return card;
  card.accuracy = ShareWhere(rows, Any, IsCorrect);
  const Scored confidence = Take(rows, &CardRow::confidence);
  card.confidence = Quality(confidence);
  AddBootstrapIntervals(confidence, card.confidence);
  card.scaled_softmax = Quality(Take(rows, &CardRow::scaled_softmax));
  card.max_softmax = Quality(Take(rows, &CardRow::max_softmax));
  for (std::size_t level = 0; level < card.sets.size(); ++level)
    card.sets[level] = Sets(rows, level);
  card.reliable = ShareWhere(rows, Any, IsReliable);
  card.uncertain = ShareWhere(rows, Any, IsUncertain);
  card.unfamiliar = ShareWhere(rows, Any, IsUnfamiliar);
  card.error_among_reliable =
      ShareWhere(rows, IsReliable, [](const CardRow& r) { return !IsCorrect(r); });
  card.uncertain_of_correct = ShareWhere(rows, IsCorrect, IsUncertain);
  card.flagged_1 = ShareWhere(rows, Any, [](const CardRow& r) { return r.familiarity <= 0.01; });
  card.flagged_5 = ShareWhere(rows, Any, [](const CardRow& r) { return r.familiarity <= 0.05; });
  return card;
}

ForeignCard MakeForeignCard(std::span<const CardRow> labelled, std::span<const CardRow> foreign,
                            double alpha_unfamiliar) {
  std::vector<double> familiar, unfamiliar, accept, reject, accept_softmax, reject_softmax;
  const auto joint = [&](const CardRow& r) {
    return r.confidence * std::min(1.0, r.familiarity / alpha_unfamiliar);
  };
  for (const CardRow& row : labelled) {
    familiar.push_back(-row.unfamiliarity);
    (IsCorrect(row) ? accept : reject).push_back(joint(row));
    (IsCorrect(row) ? accept_softmax : reject_softmax).push_back(row.scaled_softmax);
  }
  for (const CardRow& row : foreign) {
    unfamiliar.push_back(-row.unfamiliarity);
    reject.push_back(joint(row));
    reject_softmax.push_back(row.scaled_softmax);
  }
  ForeignCard card;
  card.rows = foreign.size();
  card.auroc = Point(Auroc(familiar, unfamiliar));
  card.fpr95 = Point(Fpr95(familiar, unfamiliar));
  card.aupr = Point(Aupr(familiar, unfamiliar));
  card.joint_auroc = Point(Auroc(accept, reject));
  card.joint_auroc_scaled_softmax = Point(Auroc(accept_softmax, reject_softmax));
  card.flagged_1 = ShareWhere(foreign, Any, [](const CardRow& r) { return r.familiarity <= 0.01; });
  card.flagged_5 = ShareWhere(foreign, Any, [](const CardRow& r) { return r.familiarity <= 0.05; });
  card.unfamiliar = ShareWhere(foreign, Any, IsUnfamiliar);
  card.reliable = ShareWhere(foreign, Any, IsReliable);
  return card;
}

}  // namespace credence::reliability
