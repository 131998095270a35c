#include "calibration/compare.h"

#include <cmath>
#include <cstdio>

namespace credence::calibration {
namespace {

using fitting::Bootstrap;
using fitting::CardRow;
using fitting::Scored;

struct Rival {
  const char* name;
  double CardRow::*score;
  bool is_probability;
};
constexpr Rival kRivals[] = {
    {"temperature scaling", &CardRow::scaled_softmax, true},
    {"max softmax", &CardRow::max_softmax, true},
    {"energy", &CardRow::energy, false},
    {"nearest neighbour", &CardRow::nearness, false},
    {"P(correct)", &CardRow::p_correct, true},
    {"variance of the passes", &CardRow::steadiness, false},
};
// What tells foreign pictures apart, beside the familiarity.
constexpr Rival kForeignRivals[] = {
    {"temperature scaling", &CardRow::log_odds, false},
    {"max softmax", &CardRow::max_softmax, true},
    {"energy", &CardRow::energy, false},
    {"nearest neighbour", &CardRow::nearness, false},
    {"variance of the passes", &CardRow::steadiness, false},
};

Comparison Compare(std::string name, const Scored& ours, const Scored& theirs,
                   const Bootstrap& draws) {
  return {.name = std::move(name),
          .quality = fitting::MakeQuality(theirs, draws),
          .difference = fitting::QualityDifference(ours, theirs, draws)};
}

// The rows of `a` and of `b` that both have.
struct Paired {
  std::vector<CardRow> a, b;
};
Paired Pair(const Assessed& a, const Assessed& b) {
  Paired paired;
  for (std::size_t i = 0, j = 0; i < a.rows.size() && j < b.rows.size();) {
    if (a.numbers[i] == b.numbers[j]) {
      paired.a.push_back(a.rows[i++]);
      paired.b.push_back(b.rows[j++]);
    } else {
      ++(a.numbers[i] < b.numbers[j] ? i : j);
    }
  }
  return paired;
}

}  // namespace

void CompareWithBaselines(const Bootstrap& draws, Evaluation& evaluation) {
  const auto& rows = evaluation.assessed.rows;
  const Scored ours = Take(rows, &CardRow::confidence);
  for (const Rival& rival : kRivals) {
    if (std::isnan(rows.front().*rival.score)) continue;
    Scored theirs = Take(rows, rival.score);
    theirs.is_probability = rival.is_probability;
    evaluation.comparisons.push_back(Compare(rival.name, ours, theirs, draws));
  }
}

void AddForeignBaselines(std::span<const CardRow> own, const Bootstrap& draws, Foreign& foreign) {
  for (const Rival& rival : kForeignRivals) {
    if (std::isnan(own.front().*rival.score)) continue;
    foreign.comparisons.push_back(
        {rival.name, MakeForeignScore(own, foreign.assessed.rows, rival.score, draws)});
  }
}

void AddBaselineWarnings(double alpha_unfamiliar, const Bootstrap& draws, Evaluation& evaluation) {
  auto& warnings = evaluation.warnings;
  const auto find = [&](const char* name) -> const Comparison* {
    for (const Comparison& comparison : evaluation.comparisons) {
      if (comparison.name == name) return &comparison;
    }
    return nullptr;
  };
  if (const Comparison* scaling = find("temperature scaling")) {
    if (scaling->difference.error_auroc.high < 0) {
      warnings.emplace_back(
          "temperature scaling alone orders right and wrong answers better than "
          "the confidence, on these pictures");
    }
    if (scaling->difference.nll.low > 0) {
      warnings.emplace_back(
          "temperature scaling alone states its confidence better (log-loss), on "
          "these pictures");
    }
  }
  for (const Foreign& foreign : evaluation.foreign) {
    for (const ForeignComparison& comparison : foreign.comparisons) {
      if (!(comparison.score.difference.high < 0)) continue;
      warnings.push_back(comparison.name + " alone recognises " + foreign.assessed.name +
                         " better than the familiarity");
    }
  }
  const reliability::Estimate flagged =
      fitting::FlaggedShare(evaluation.assessed.rows, alpha_unfamiliar, draws);
  if (flagged.low > alpha_unfamiliar) {
    char text[200];
    std::snprintf(text, sizeof text,
                  "%.1f %% of these pictures are called unfamiliar, where %.2g %% are promised: "
                  "they differ from the calibration pictures, or those belong together and nobody "
                  "named the groups",
                  100 * flagged.value, 100 * alpha_unfamiliar);
    warnings.emplace_back(text);
  }
}

void CompareWithProfile(const Assessed& own, const std::vector<Assessed>& foreign,
                        const reliability::Profile& profile, const std::string& name,
                        Evaluation& evaluation) {
  const std::uint64_t seed = profile.provenance.seed;
  OtherProfile other = {.name = name, .card = MakeReportCard(own.rows, seed), .foreign = {}};
  const Paired paired = Pair(evaluation.assessed, own);
  evaluation.comparisons.push_back(Compare(name, Take(paired.a, &CardRow::confidence),
                                           Take(paired.b, &CardRow::confidence),
                                           Bootstrap(seed, paired.a)));
  for (std::size_t i = 0; i < foreign.size(); ++i) {
    other.foreign.push_back(MakeForeignCard(own.rows, foreign[i].rows,
                                            Bootstrap(seed, own.rows, foreign[i].rows.size())));
    evaluation.foreign[i].comparisons.push_back({name,
                                                 {.auroc = other.foreign.back().auroc,
                                                  .fpr95 = other.foreign.back().fpr95,
                                                  .joint_auroc = other.foreign.back().joint_auroc,
                                                  .difference = {}}});
  }
  evaluation.other = std::move(other);
}

}  // namespace credence::calibration
