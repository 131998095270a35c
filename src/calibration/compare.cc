#include "calibration/compare.h"

#include <cmath>

namespace credence::calibration {
namespace {

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
    {"variance of the passes", &CardRow::steadiness, false},
};

Comparison Compare(std::string name, const Scored& ours, const Scored& theirs) {
  return {.name = std::move(name),
          .quality = fitting::MakeQuality(theirs),
          .difference = fitting::QualityDifference(ours, theirs)};
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

void CompareWithSoftmax(Evaluation& evaluation) {
  const auto& rows = evaluation.assessed.rows;
  const Scored ours = Take(rows, &CardRow::confidence);
  for (const Rival& rival : kRivals) {
    if (std::isnan(rows.front().*rival.score)) continue;
    Scored theirs = Take(rows, rival.score);
    theirs.is_probability = rival.is_probability;
    evaluation.comparisons.push_back(Compare(rival.name, ours, theirs));
    for (Foreign& foreign : evaluation.foreign) {
      foreign.comparisons.push_back(
          {rival.name, MakeForeignScore(rows, foreign.assessed.rows, rival.score)});
    }
  }
}

void CompareWithProfile(const Assessed& own, const std::vector<Assessed>& foreign,
                        const reliability::Profile& profile, const std::string& name,
                        Evaluation& evaluation) {
  OtherProfile other = {.name = name, .card = MakeReportCard(own.rows), .foreign = {}};
  const Paired paired = Pair(evaluation.assessed, own);
  evaluation.comparisons.push_back(
      Compare(name, Take(paired.a, &CardRow::confidence), Take(paired.b, &CardRow::confidence)));
  for (std::size_t i = 0; i < foreign.size(); ++i) {
    other.foreign.push_back(
        MakeForeignCard(own.rows, foreign[i].rows, profile.rule.alpha_unfamiliar));
    evaluation.foreign[i].comparisons.push_back(
        {name,
         {.auroc = other.foreign.back().auroc, .joint_auroc = other.foreign.back().joint_auroc}});
  }
  evaluation.other = std::move(other);
}

}  // namespace credence::calibration
