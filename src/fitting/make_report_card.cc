#include "fitting/make_report_card.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "fitting/ranking.h"
#include "fitting/shares.h"

namespace credence::fitting {
namespace {

using reliability::ConfidenceQuality;
using reliability::Estimate;

constexpr std::size_t kClassRowsMin = 20;
constexpr double kThresholdTie = 1e-12;

Estimate PointEstimate(double value) { return {.value = value}; }

ConfidenceQuality Measure(const Ranking& ranking, bool is_probability) {
  ConfidenceQuality q;
  if (is_probability) {
    q.nll = PointEstimate(ranking.Nll());
    q.brier = PointEstimate(ranking.Brier());
    q.ece_equal_width = PointEstimate(ranking.EceEqualWidth());
    q.ece_equal_mass = PointEstimate(ranking.EceEqualMass());
  }
  const RiskCoverage area = ranking.AreaUnderRiskCoverage();
  q.error_auroc = PointEstimate(ranking.Auroc());
  q.error_fpr95 = PointEstimate(ranking.Fpr95());
  q.aurc = PointEstimate(area.aurc);
  q.e_aurc = PointEstimate(area.e_aurc);
  q.augrc = PointEstimate(area.augrc);
  q.coverage_at_risk_1 = PointEstimate(ranking.CoverageAtRisk(0.01));
  q.coverage_at_risk_2 = PointEstimate(ranking.CoverageAtRisk(0.02));
  q.coverage_at_risk_5 = PointEstimate(ranking.CoverageAtRisk(0.05));
  for (std::size_t i = 0; i < reliability::kSelectiveCoverages.size(); ++i) {
    q.selective_accuracy[i] =
        PointEstimate(ranking.SelectiveAccuracy(reliability::kSelectiveCoverages[i] / 100.0));
  }
  return q;
}

std::vector<double> Values(const ConfidenceQuality& quality) {
  std::vector<double> values;
  reliability::VisitQuality(
      "", quality, [&](const std::string&, const Estimate& e) { values.push_back(e.value); });
  return values;
}

// Gives every figure of `quality` the interval of what `measure(replicate)` has for it.
template <class Measure>
void AddIntervals(Measure&& measure, ConfidenceQuality& quality) {
  std::vector<std::vector<double>> samples(Values(quality).size());
  for (std::size_t b = 0; b < kReplicates; ++b) {
    const std::vector<double> drawn = measure(b);
    for (std::size_t i = 0; i < drawn.size(); ++i) samples[i].push_back(drawn[i]);
  }
  std::size_t i = 0;
  reliability::VisitQuality("", quality, [&](const std::string&, Estimate& e) {
    SetInterval(std::move(samples[i++]), e);
  });
}

std::vector<double> Minus(const std::vector<double>& ours, const std::vector<double>& theirs) {
  std::vector<double> difference(ours.size());
  std::transform(ours.begin(), ours.end(), theirs.begin(), difference.begin(), std::minus<>());
  return difference;
}

template <class Value>
Estimate MeanOf(std::span<const CardRow> rows, Value&& value) {
  double sum = 0;
  for (const CardRow& row : rows) sum += value(row);
  return PointEstimate(sum / static_cast<double>(rows.size()));
}

double Nll(double probability) { return -std::log(std::max(probability, 1e-12)); }

reliability::SecondOpinionQuality SecondOpinion(std::span<const CardRow> rows,
                                                const Shares& shares) {
  const auto agrees = [](const CardRow& r) { return r.second_opinion == r.predicted; };
  const auto differs = [](const CardRow& r) { return r.second_opinion != r.predicted; };
  const auto right = [](const CardRow& r) { return r.second_opinion == r.label; };
  reliability::SecondOpinionQuality q;
  if (rows.front().second_opinion < 0) return q;
  q.accuracy = shares.Of(right);
  q.agrees = shares.Of(agrees);
  q.accuracy_where_agrees = shares.Of(agrees, right);
  q.right_where_differs = shares.Of(differs, right);
  q.model_right_where_differs =
      shares.Of(differs, [](const CardRow& r) { return r.correct() != 0; });
  return q;
}

reliability::SetQuality Sets(std::span<const CardRow> rows, const Shares& shares,
                             std::size_t level) {
  reliability::SetQuality q;
  q.coverage = shares.Of([&](const CardRow& r) { return r.set_covers[level]; });
  q.single_class = shares.Of([&](const CardRow& r) { return r.set_size[level] == 1; });
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
  q.mean_size = PointEstimate(size / static_cast<double>(rows.size()));
  for (const auto& [label, count] : classes) {
    if (count.rows < kClassRowsMin) continue;
    const Estimate share = ShareOf(count.covered, count.rows);
    if (!(q.worst_class_coverage.value <= share.value)) q.worst_class_coverage = share;
  }
  return q;
}

bool IsReliable(const CardRow& row) { return row.verdict == reliability::Verdict::kReliable; }
bool IsUnfamiliar(const CardRow& row) { return row.verdict == reliability::Verdict::kUnfamiliar; }
bool IsUncertain(const CardRow& row) { return row.verdict == reliability::Verdict::kUncertain; }
bool IsCorrect(const CardRow& row) { return row.correct() != 0; }
bool IsWrong(const CardRow& row) { return row.correct() == 0; }

// Labelled rows against foreign ones, or correct ones against the rest, by a score.
template <class Score>
Ranking Rank(std::span<const CardRow> labelled, std::span<const CardRow> foreign, bool joint,
             Score&& score) {
  std::vector<double> scores;
  std::vector<int> hits;
  for (const CardRow& row : labelled) {
    scores.push_back(score(row));
    hits.push_back(joint ? row.correct() : 1);
  }
  for (const CardRow& row : foreign) {
    scores.push_back(score(row));
    hits.push_back(0);
  }
  return Ranking(scores, hits);
}

// A figure of a ranking, and its values in the draws.
struct Drawn {
  Estimate estimate;
  std::vector<double> values;
};
Drawn Draw(Ranking ranking, const Bootstrap& draws, double (Ranking::*figure)() const) {
  Drawn drawn{.estimate = PointEstimate((ranking.*figure)()), .values = {}};
  for (std::size_t b = 0; b < kReplicates; ++b) {
    ranking.Count(draws.Times(b));
    drawn.values.push_back((ranking.*figure)());
  }
  SetInterval(drawn.values, drawn.estimate);
  return drawn;
}

double Familiarity(const CardRow& row) { return -row.unfamiliarity; }

}  // namespace

Scored Take(std::span<const CardRow> rows, double CardRow::*score) {
  Scored scored;
  for (const CardRow& row : rows) {
    scored.score.push_back(row.*score);
    scored.correct.push_back(row.correct());
  }
  return scored;
}

ConfidenceQuality MakeQuality(const Scored& s) {
  return Measure(Ranking(s.score, s.correct), s.is_probability);
}

ConfidenceQuality MakeQuality(const Scored& s, const Bootstrap& draws) {
  Ranking ranking(s.score, s.correct);
  ConfidenceQuality quality = Measure(ranking, s.is_probability);
  AddIntervals(
      [&](std::size_t b) {
        ranking.Count(draws.Times(b));
        return Values(Measure(ranking, s.is_probability));
      },
      quality);
  return quality;
}

ConfidenceQuality QualityDifference(const Scored& ours, const Scored& theirs,
                                    const Bootstrap& draws) {
  Ranking a(ours.score, ours.correct);
  Ranking b(theirs.score, theirs.correct);
  const auto minus = [&] {
    return Minus(Values(Measure(a, ours.is_probability)),
                 Values(Measure(b, theirs.is_probability)));
  };
  const std::vector<double> values = minus();
  ConfidenceQuality difference;
  std::size_t i = 0;
  reliability::VisitQuality("", difference,
                            [&](const std::string&, Estimate& e) { e.value = values[i++]; });
  AddIntervals(
      [&](std::size_t replicate) {
        a.Count(draws.Times(replicate));
        b.Count(draws.Times(replicate));
        return minus();
      },
      difference);
  return difference;
}

reliability::ReportCard MakeReportCard(std::span<const CardRow> rows, std::uint64_t seed) {
  reliability::ReportCard card;
  card.rows = rows.size();
  if (rows.empty()) return card;
  const Bootstrap draws(seed, rows);
  const Shares shares(rows, draws);
  card.accuracy = shares.Of(IsCorrect);
  card.p_correct = MakeQuality(Take(rows, &CardRow::p_correct), draws);
  card.confidence = MakeQuality(Take(rows, &CardRow::confidence), draws);
  card.scaled_softmax = MakeQuality(Take(rows, &CardRow::scaled_softmax), draws);
  card.max_softmax = MakeQuality(Take(rows, &CardRow::max_softmax), draws);
  card.prediction = {.nll = MeanOf(rows, [](const CardRow& r) { return Nll(r.label_probability); }),
                     .brier = MeanOf(rows, [](const CardRow& r) { return r.squared_error; })};
  card.raw_prediction = {
      .nll = MeanOf(rows, [](const CardRow& r) { return Nll(r.raw_label_probability); }),
      .brier = MeanOf(rows, [](const CardRow& r) { return r.raw_squared_error; })};
  card.second_opinion = SecondOpinion(rows, shares);
  for (std::size_t level = 0; level < card.sets.size(); ++level) {
    card.sets[level] = Sets(rows, shares, level);
  }
  card.reliable = shares.Of(IsReliable);
  card.uncertain = shares.Of(IsUncertain);
  card.unfamiliar = shares.Of(IsUnfamiliar);
  card.error_among_reliable = shares.Of(IsReliable, IsWrong);
  card.uncertain_of_correct = shares.Of(IsCorrect, IsUncertain);
  card.flagged_1 =
      shares.Of([](const CardRow& r) { return r.familiarity <= 0.01 + kThresholdTie; });
  card.flagged_5 =
      shares.Of([](const CardRow& r) { return r.familiarity <= 0.05 + kThresholdTie; });
  return card;
}

ForeignScore MakeForeignScore(std::span<const CardRow> labelled, std::span<const CardRow> foreign,
                              double CardRow::*score, const Bootstrap& draws) {
  const auto value = [=](const CardRow& row) { return row.*score; };
  const Drawn theirs = Draw(Rank(labelled, foreign, false, value), draws, &Ranking::Auroc);
  const Drawn ours = Draw(Rank(labelled, foreign, false, Familiarity), draws, &Ranking::Auroc);
  ForeignScore out{
      .auroc = theirs.estimate,
      .fpr95 = Draw(Rank(labelled, foreign, false, value), draws, &Ranking::Fpr95).estimate,
      .joint_auroc = Draw(Rank(labelled, foreign, true, value), draws, &Ranking::Auroc).estimate,
      .difference = PointEstimate(ours.estimate.value - theirs.estimate.value)};
  SetInterval(Minus(ours.values, theirs.values), out.difference);
  return out;
}

ForeignCard MakeForeignCard(std::span<const CardRow> labelled, std::span<const CardRow> foreign,
                            const Bootstrap& draws) {
  const auto familiarity = [&](double (Ranking::*figure)() const) {
    return Draw(Rank(labelled, foreign, false, Familiarity), draws, figure).estimate;
  };
  const auto joint = [&](double CardRow::*score) {
    const auto value = [=](const CardRow& row) { return row.*score; };
    return Draw(Rank(labelled, foreign, true, value), draws, &Ranking::Auroc).estimate;
  };
  const Shares shares(foreign, draws, labelled.size());
  ForeignCard card;
  card.rows = foreign.size();
  card.auroc = familiarity(&Ranking::Auroc);
  card.fpr95 = familiarity(&Ranking::Fpr95);
  card.aupr = familiarity(&Ranking::Aupr);
  card.joint_auroc = joint(&CardRow::confidence);
  card.joint_auroc_scaled_softmax = joint(&CardRow::scaled_softmax);
  card.flagged_1 =
      shares.Of([](const CardRow& r) { return r.familiarity <= 0.01 + kThresholdTie; });
  card.flagged_5 =
      shares.Of([](const CardRow& r) { return r.familiarity <= 0.05 + kThresholdTie; });
  card.unfamiliar = shares.Of(IsUnfamiliar);
  card.reliable = shares.Of(IsReliable);
  card.confident = shares.Of([](const CardRow& r) { return r.confidence >= kConfident; });
  card.confident_ungated = shares.Of([](const CardRow& r) { return r.p_correct >= kConfident; });
  return card;
}

Estimate FlaggedShare(std::span<const CardRow> rows, double alpha, const Bootstrap& draws) {
  return Shares(rows, draws)
      .Of([](const CardRow& r) { return !r.doubtful; },
          [=](const CardRow& r) { return r.familiarity <= alpha + kThresholdTie; });
}

std::vector<RungQuality> MakeLadder(std::span<const CardRow> rows,
                                    const reliability::VerdictRule& rule, const Bootstrap& draws) {
  const Shares shares(rows, draws);
  std::vector<RungQuality> ladder;
  for (const reliability::Rung& rung : rule.rungs) {
    const auto passes = [&](const CardRow& r) {
      return r.certified_risk <= rung.risk + kThresholdTie;
    };
    RungQuality quality{
        .risk = rung.risk, .share = shares.Of(passes), .error = shares.Of(passes, IsWrong)};
    quality.saving = quality.share.value * (1 / rule.cost - rung.risk);
    ladder.push_back(quality);
  }
  return ladder;
}

}  // namespace credence::fitting
