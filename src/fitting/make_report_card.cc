#include "fitting/make_report_card.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/random.h"
#include "fitting/metrics.h"
#include "reliability/binomial.h"

namespace credence::fitting {
namespace {

constexpr std::size_t kResamples = 200;
constexpr std::uint64_t kBootstrapSeed = 0;
constexpr std::size_t kClassRowsMin = 20;

reliability::Estimate Point(double value) { return {.value = value}; }

// Share of the rows among those with `base` that also have `holds`.
template <class Rows, class Base, class Holds>
reliability::Estimate ShareWhere(const Rows& rows, Base&& base, Holds&& holds) {
  std::size_t n = 0;
  std::size_t count = 0;
  for (const CardRow& row : rows) {
    if (!base(row)) continue;
    ++n;
    if (holds(row)) ++count;
  }
  return ShareOf(count, n);
}

bool Any(const CardRow&) { return true; }

// The rows of one bootstrap resample.
std::vector<std::size_t> Resample(std::size_t n, std::size_t number) {
  const std::uint64_t stream = SubSeed(kBootstrapSeed, number);
  std::vector<std::size_t> rows(n);
  for (std::size_t i = 0; i < n; ++i) {
    rows[i] = static_cast<std::size_t>(UniformAt(stream, i) * static_cast<double>(n));
  }
  return rows;
}

Scored Draw(const Scored& from, const std::vector<std::size_t>& rows) {
  Scored drawn{.score = {}, .correct = {}, .is_probability = from.is_probability};
  for (const std::size_t row : rows) {
    drawn.score.push_back(from.score[row]);
    drawn.correct.push_back(from.correct[row]);
  }
  return drawn;
}

// Gives every figure of `quality` the interval of its values in resamples.
// figures(rows): those of the rows.
template <class Figures>
void AddBootstrapIntervals(std::size_t n, Figures&& figures,
                           reliability::ConfidenceQuality& quality) {
  std::map<std::string, std::vector<double>> samples;
  for (std::size_t r = 0; r < kResamples; ++r) {
    const reliability::ConfidenceQuality drawn = figures(Resample(n, r));
    reliability::VisitQuality("", drawn,
                              [&](const std::string& name, const reliability::Estimate& e) {
                                if (!std::isnan(e.value)) samples[name].push_back(e.value);
                              });
  }
  reliability::VisitQuality("", quality, [&](const std::string& name, reliability::Estimate& e) {
    std::vector<double>& values = samples[name];
    if (values.size() < kResamples) return;
    std::sort(values.begin(), values.end());
    e.low = values[kResamples / 40];
    e.high = values[kResamples - 1 - kResamples / 40];
  });
}

reliability::ConfidenceQuality Minus(const reliability::ConfidenceQuality& ours,
                                     const reliability::ConfidenceQuality& theirs) {
  std::vector<double> subtrahends;
  reliability::VisitQuality("", theirs, [&](const std::string&, const reliability::Estimate& e) {
    subtrahends.push_back(e.value);
  });
  reliability::ConfidenceQuality difference;
  std::size_t i = 0;
  std::vector<double> values;
  reliability::VisitQuality("", ours, [&](const std::string&, const reliability::Estimate& e) {
    values.push_back(e.value - subtrahends[i++]);
  });
  i = 0;
  reliability::VisitQuality(
      "", difference, [&](const std::string&, reliability::Estimate& e) { e.value = values[i++]; });
  return difference;
}

template <class Value>
reliability::Estimate MeanOf(std::span<const CardRow> rows, Value&& value) {
  double sum = 0;
  for (const CardRow& row : rows) sum += value(row);
  return Point(sum / static_cast<double>(rows.size()));
}

double Nll(double probability) { return -std::log(std::max(probability, 1e-12)); }

reliability::SecondOpinionQuality SecondOpinion(std::span<const CardRow> rows) {
  const auto agrees = [](const CardRow& r) { return r.second_opinion == r.predicted; };
  const auto differs = [](const CardRow& r) { return r.second_opinion != r.predicted; };
  const auto right = [](const CardRow& r) { return r.second_opinion == r.label; };
  reliability::SecondOpinionQuality q;
  if (rows.front().second_opinion < 0) return q;
  q.accuracy = ShareWhere(rows, Any, right);
  q.agrees = ShareWhere(rows, Any, agrees);
  q.accuracy_where_agrees = ShareWhere(rows, agrees, right);
  q.right_where_differs = ShareWhere(rows, differs, right);
  q.model_right_where_differs =
      ShareWhere(rows, differs, [](const CardRow& r) { return r.correct() != 0; });
  return q;
}

reliability::SetQuality Sets(std::span<const CardRow> rows, std::size_t level) {
  reliability::SetQuality q;
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
    const reliability::Estimate share = ShareOf(count.covered, count.rows);
    if (!(q.worst_class_coverage.value <= share.value)) q.worst_class_coverage = share;
  }
  return q;
}

bool IsReliable(const CardRow& row) { return row.verdict == reliability::Verdict::kReliable; }
bool IsUnfamiliar(const CardRow& row) { return row.verdict == reliability::Verdict::kUnfamiliar; }
bool IsUncertain(const CardRow& row) { return row.verdict == reliability::Verdict::kUncertain; }
bool IsCorrect(const CardRow& row) { return row.correct() != 0; }

}  // namespace

reliability::Estimate ShareOf(std::size_t count, std::size_t n) {
  if (n == 0) return {};
  const reliability::Interval interval = reliability::ClopperPearson(count, n);
  return {.value = static_cast<double>(count) / static_cast<double>(n),
          .low = interval.low,
          .high = interval.high};
}

Scored Take(std::span<const CardRow> rows, double CardRow::*score) {
  Scored scored;
  for (const CardRow& row : rows) {
    scored.score.push_back(row.*score);
    scored.correct.push_back(row.correct());
  }
  return scored;
}

reliability::ConfidenceQuality MakeQuality(const Scored& s) {
  std::vector<double> right;
  std::vector<double> wrong;
  for (std::size_t i = 0; i < s.correct.size(); ++i) {
    (s.correct[i] != 0 ? right : wrong).push_back(s.score[i]);
  }
  reliability::ConfidenceQuality q;
  if (s.is_probability) {
    q.nll = Point(ConfidenceNll(s.score, s.correct));
    q.brier = Point(Brier(s.score, s.correct));
    q.ece_equal_width = Point(EceEqualWidth(s.score, s.correct));
    q.ece_equal_mass = Point(EceEqualMass(s.score, s.correct));
  }
  const RiskCoverage area = AreaUnderRiskCoverage(s.score, s.correct);
  q.error_auroc = Point(Auroc(right, wrong));
  q.error_fpr95 = Point(Fpr95(right, wrong));
  q.aurc = Point(area.aurc);
  q.e_aurc = Point(area.e_aurc);
  q.augrc = Point(area.augrc);
  q.coverage_at_risk_1 = Point(CoverageAtRisk(s.score, s.correct, 0.01));
  q.coverage_at_risk_2 = Point(CoverageAtRisk(s.score, s.correct, 0.02));
  q.coverage_at_risk_5 = Point(CoverageAtRisk(s.score, s.correct, 0.05));
  for (std::size_t i = 0; i < reliability::kSelectiveCoverages.size(); ++i) {
    q.selective_accuracy[i] =
        Point(SelectiveAccuracy(s.score, s.correct, reliability::kSelectiveCoverages[i] / 100.0));
  }
  return q;
}

reliability::ConfidenceQuality QualityDifference(const Scored& ours, const Scored& theirs) {
  reliability::ConfidenceQuality difference = Minus(MakeQuality(ours), MakeQuality(theirs));
  AddBootstrapIntervals(
      ours.correct.size(),
      [&](const std::vector<std::size_t>& rows) {
        return Minus(MakeQuality(Draw(ours, rows)), MakeQuality(Draw(theirs, rows)));
      },
      difference);
  return difference;
}

reliability::ReportCard MakeReportCard(std::span<const CardRow> rows) {
  reliability::ReportCard card;
  card.rows = rows.size();
  if (rows.empty()) return card;
  card.accuracy = ShareWhere(rows, Any, IsCorrect);
  const Scored confidence = Take(rows, &CardRow::confidence);
  card.confidence = MakeQuality(confidence);
  AddBootstrapIntervals(
      rows.size(),
      [&](const std::vector<std::size_t>& drawn) { return MakeQuality(Draw(confidence, drawn)); },
      card.confidence);
  card.scaled_softmax = MakeQuality(Take(rows, &CardRow::scaled_softmax));
  card.max_softmax = MakeQuality(Take(rows, &CardRow::max_softmax));
  card.prediction = {.nll = MeanOf(rows, [](const CardRow& r) { return Nll(r.label_probability); }),
                     .brier = MeanOf(rows, [](const CardRow& r) { return r.squared_error; })};
  card.raw_prediction = {
      .nll = MeanOf(rows, [](const CardRow& r) { return Nll(r.raw_label_probability); }),
      .brier = MeanOf(rows, [](const CardRow& r) { return r.raw_squared_error; })};
  card.second_opinion = SecondOpinion(rows);
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

ForeignScore MakeForeignScore(std::span<const CardRow> labelled, std::span<const CardRow> foreign,
                              double CardRow::*score) {
  std::vector<double> own, other, accept, reject;
  for (const CardRow& row : labelled) {
    own.push_back(row.*score);
    (IsCorrect(row) ? accept : reject).push_back(row.*score);
  }
  for (const CardRow& row : foreign) {
    other.push_back(row.*score);
    reject.push_back(row.*score);
  }
  return {.auroc = Point(Auroc(own, other)), .joint_auroc = Point(Auroc(accept, reject))};
}

ForeignCard MakeForeignCard(std::span<const CardRow> labelled, std::span<const CardRow> foreign,
                            double alpha_unfamiliar) {
  std::vector<double> familiar, unfamiliar, accept, reject;
  const auto joint = [&](const CardRow& r) {
    return r.confidence * std::min(1.0, r.familiarity / alpha_unfamiliar);
  };
  for (const CardRow& row : labelled) {
    familiar.push_back(-row.unfamiliarity);
    (IsCorrect(row) ? accept : reject).push_back(joint(row));
  }
  for (const CardRow& row : foreign) {
    unfamiliar.push_back(-row.unfamiliarity);
    reject.push_back(joint(row));
  }
  ForeignCard card;
  card.rows = foreign.size();
  card.auroc = Point(Auroc(familiar, unfamiliar));
  card.fpr95 = Point(Fpr95(familiar, unfamiliar));
  card.aupr = Point(Aupr(familiar, unfamiliar));
  card.joint_auroc = Point(Auroc(accept, reject));
  card.joint_auroc_scaled_softmax =
      MakeForeignScore(labelled, foreign, &CardRow::scaled_softmax).joint_auroc;
  card.flagged_1 = ShareWhere(foreign, Any, [](const CardRow& r) { return r.familiarity <= 0.01; });
  card.flagged_5 = ShareWhere(foreign, Any, [](const CardRow& r) { return r.familiarity <= 0.05; });
  card.unfamiliar = ShareWhere(foreign, Any, IsUnfamiliar);
  card.reliable = ShareWhere(foreign, Any, IsReliable);
  return card;
}

}  // namespace credence::fitting
