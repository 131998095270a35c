#include "fitting/breakdown.h"

#include "fitting/shares.h"

namespace credence::fitting {
namespace {

ClassQuality QualityOf(const Shares& shares, std::int32_t k, bool has_second_opinion) {
  const Condition labelled = [k](const CardRow& row) { return row.label == k; };
  const Condition answered = [k](const CardRow& row) { return row.predicted == k; };
  ClassQuality q;
  q.precision = shares.Of(answered, labelled);
  q.recall = shares.Of(labelled, answered);
  if (has_second_opinion) {
    q.second_opinion_recall =
        shares.Of(labelled, [k](const CardRow& row) { return row.second_opinion == k; });
  }
  q.reliable = shares.Of(
      labelled, [](const CardRow& row) { return row.verdict == reliability::Verdict::kReliable; });
  q.coverage_95 = shares.Of(
      labelled, [](const CardRow& row) { return row.set_covers[reliability::kCoverage95]; });
  return q;
}

VerdictQuality QualityOf(const Shares& shares, std::span<const CardRow> rows,
                         reliability::Verdict verdict, bool has_second_opinion) {
  const Condition given = [verdict](const CardRow& row) { return row.verdict == verdict; };
  VerdictQuality q;
  q.verdict = verdict;
  q.accuracy = shares.Of(given, [](const CardRow& row) { return row.correct() == 1; });
  if (has_second_opinion) {
    q.second_opinion_accuracy =
        shares.Of(given, [](const CardRow& row) { return row.second_opinion == row.label; });
  }
  for (const CardRow& row : rows) {
    if (!given(row)) continue;
    ++q.rows;
    q.mean_confidence += row.confidence;
  }
  q.mean_confidence /= static_cast<double>(q.rows);  // NaN: none
  return q;
}

}  // namespace

Breakdown MakeBreakdown(std::span<const CardRow> rows, std::size_t classes,
                        const Bootstrap& draws) {
  const Shares shares(rows, draws);
  const bool has_second_opinion = !rows.empty() && rows.front().second_opinion >= 0;
  Breakdown out;
  for (std::size_t k = 0; k < classes; ++k) {
    out.classes.push_back(QualityOf(shares, static_cast<std::int32_t>(k), has_second_opinion));
  }
  out.confusion.assign(classes * classes, 0);
  for (const CardRow& row : rows) {
    const auto label = static_cast<std::size_t>(row.label);
    const auto answer = static_cast<std::size_t>(row.predicted);
    ++out.confusion[label * classes + answer];
    ++out.classes[label].rows;
    ++out.classes[answer].predicted;
  }
  for (std::size_t k = 0; k < classes; ++k) {
    ClassQuality& q = out.classes[k];
    if (q.rows + q.predicted == 0) continue;
    q.f1.value = 2 * static_cast<double>(out.confusion[k * classes + k]) /
                 static_cast<double>(q.rows + q.predicted);
  }
  for (const reliability::Verdict verdict :
       {reliability::Verdict::kReliable, reliability::Verdict::kUncertain,
        reliability::Verdict::kUnfamiliar}) {
    out.verdicts.push_back(QualityOf(shares, rows, verdict, has_second_opinion));
  }
  return out;
}

}  // namespace credence::fitting
