#include "fitting/breakdown.h"

#include <cmath>

namespace credence::fitting {
namespace {

struct Tally {
  std::size_t rows = 0, right = 0, predicted = 0, second_right = 0, reliable = 0, covered = 0;
  double confidence = 0;

  void Add(const CardRow& row) {
    ++rows;
    right += static_cast<std::size_t>(row.correct());
    second_right += row.second_opinion == row.label ? 1 : 0;
    reliable += row.verdict == reliability::Verdict::kReliable ? 1 : 0;
    covered += row.set_covers[reliability::kCoverage95] ? 1 : 0;
    confidence += row.confidence;
  }
};

ClassQuality ToQuality(const Tally& t, bool has_second_opinion) {
  ClassQuality q;
  q.rows = t.rows;
  q.predicted = t.predicted;
  q.precision = ShareOf(t.right, t.predicted);
  q.recall = ShareOf(t.right, t.rows);
  if (t.rows + t.predicted != 0) {
    q.f1.value = 2 * static_cast<double>(t.right) / static_cast<double>(t.rows + t.predicted);
  }
  if (has_second_opinion) q.second_opinion_recall = ShareOf(t.second_right, t.rows);
  q.reliable = ShareOf(t.reliable, t.rows);
  q.coverage_95 = ShareOf(t.covered, t.rows);
  return q;
}

}  // namespace

Breakdown MakeBreakdown(std::span<const CardRow> rows, std::size_t classes) {
  constexpr reliability::Verdict kVerdicts[] = {reliability::Verdict::kReliable,
                                                reliability::Verdict::kUncertain,
                                                reliability::Verdict::kUnfamiliar};
  const bool has_second_opinion = !rows.empty() && rows.front().second_opinion >= 0;
  Breakdown out;
  out.confusion.assign(classes * classes, 0);
  std::vector<Tally> by_class(classes);
  for (const CardRow& row : rows) {
    const auto label = static_cast<std::size_t>(row.label);
    const auto answer = static_cast<std::size_t>(row.predicted);
    ++out.confusion[label * classes + answer];
    by_class[label].Add(row);
    ++by_class[answer].predicted;
  }
  for (const Tally& tally : by_class) out.classes.push_back(ToQuality(tally, has_second_opinion));
  for (const reliability::Verdict verdict : kVerdicts) {
    Tally tally;
    for (const CardRow& row : rows) {
      if (row.verdict == verdict) tally.Add(row);
    }
    VerdictQuality q;
    q.verdict = verdict;
    q.rows = tally.rows;
    q.accuracy = ShareOf(tally.right, tally.rows);
    if (has_second_opinion) q.second_opinion_accuracy = ShareOf(tally.second_right, tally.rows);
    q.mean_confidence =
        tally.rows == 0 ? std::nan("") : tally.confidence / static_cast<double>(tally.rows);
    out.verdicts.push_back(q);
  }
  return out;
}

}  // namespace credence::fitting
