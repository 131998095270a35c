#include "fitting/breakdown.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fitting/curves.h"
#include "fitting/make_report_card.h"
#include "fitting/metrics.h"
#include "fitting/ranking.h"

namespace credence::fitting {
namespace {

CardRow Row(std::int32_t label, std::int32_t predicted, std::int32_t second_opinion,
            reliability::Verdict verdict) {
  CardRow row;
  row.label = label;
  row.predicted = predicted;
  row.second_opinion = second_opinion;
  row.verdict = verdict;
  row.confidence = 0.5;
  return row;
}

TEST(Breakdown, CountsByClassAndByVerdict) {
  const std::vector<CardRow> rows = {Row(0, 0, 0, reliability::Verdict::kReliable),
                                     Row(0, 1, 0, reliability::Verdict::kUncertain),
                                     Row(1, 1, 1, reliability::Verdict::kReliable),
                                     Row(1, 1, 0, reliability::Verdict::kUncertain)};
  const Breakdown breakdown = MakeBreakdown(rows, 3, Bootstrap(0, rows));
  EXPECT_EQ(breakdown.confusion, (std::vector<std::size_t>{1, 1, 0, 0, 2, 0, 0, 0, 0}));
  EXPECT_EQ(breakdown.classes[0].recall.value, 0.5);
  EXPECT_EQ(breakdown.classes[0].precision.value, 1);
  EXPECT_EQ(breakdown.classes[0].second_opinion_recall.value, 1);
  EXPECT_EQ(breakdown.classes[1].precision.value, 2.0 / 3);
  EXPECT_EQ(breakdown.classes[1].f1.value, 0.8);
  EXPECT_TRUE(std::isnan(breakdown.classes[2].recall.value));
  EXPECT_EQ(breakdown.verdicts[0].rows, 2u);
  EXPECT_EQ(breakdown.verdicts[1].accuracy.value, 0.5);
  EXPECT_EQ(breakdown.verdicts[2].rows, 0u);
}

TEST(Breakdown, WithoutAPixelModelThereIsNoSecondOpinion) {
  const std::vector<CardRow> rows = {Row(0, 0, -1, reliability::Verdict::kReliable)};
  EXPECT_TRUE(std::isnan(
      MakeBreakdown(rows, 1, Bootstrap(0, rows)).classes[0].second_opinion_recall.value));
}

TEST(SelectiveAccuracy, CountsATieByItsExpectation) {
  const std::vector<double> score = {0.9, 0.5, 0.5, 0.1};
  const std::vector<int> correct = {1, 1, 0, 0};
  EXPECT_EQ(SelectiveAccuracy(score, correct, 0.25), 1);
  EXPECT_EQ(SelectiveAccuracy(score, correct, 0.5), 0.75);  // one of the two tied rows
  EXPECT_EQ(SelectiveAccuracy(score, correct, 1), 0.5);
}

Bootstrap DrawsOf(std::size_t rows) { return Bootstrap(0, std::vector<CardRow>(rows)); }

TEST(QualityDifference, OfAScoreAndItselfIsZero) {
  const Scored scored = {.score = {0.9, 0.8, 0.3, 0.6, 0.7, 0.2},
                         .correct = {1, 1, 0, 0, 1, 0},
                         .is_probability = true};
  const reliability::ConfidenceQuality difference = QualityDifference(scored, scored, DrawsOf(6));
  EXPECT_EQ(difference.error_auroc.value, 0);
  EXPECT_EQ(difference.nll.low, 0);
  EXPECT_EQ(difference.nll.high, 0);
}

TEST(QualityDifference, HasTheSignOfTheBetterRanking) {
  Scored good, bad;
  for (int i = 0; i < 200; ++i) {
    const int right = i % 3 != 0;
    good.score.push_back(right != 0 ? 0.9 : 0.1);
    bad.score.push_back(0.5);
    good.correct.push_back(right);
    bad.correct.push_back(right);
  }
  const reliability::ConfidenceQuality difference = QualityDifference(good, bad, DrawsOf(200));
  EXPECT_EQ(difference.error_auroc.value, 0.5);
  EXPECT_EQ(difference.error_auroc.low, 0.5);
}

TEST(ScoreThatOnlyRanks, HasNoCalibrationError) {
  const reliability::ConfidenceQuality quality =
      MakeQuality({.score = {-3, -1}, .correct = {0, 1}, .is_probability = false});
  EXPECT_TRUE(std::isnan(quality.ece_equal_width.value));
  EXPECT_EQ(quality.error_auroc.value, 1);
}

// Drawing a row twice is having it twice.
TEST(Ranking, CountsRowsAsOftenAsTheyWereDrawn) {
  const std::vector<double> score = {0.9, 0.5, 0.5, 0.1, 0.7};
  const std::vector<int> hit = {1, 0, 1, 0, 1};
  const std::vector<std::uint16_t> times = {2, 1, 0, 3, 1};
  Ranking drawn(score, hit);
  drawn.Count(times);
  std::vector<double> scores;
  std::vector<int> hits;
  for (std::size_t i = 0; i < score.size(); ++i) {
    scores.insert(scores.end(), times[i], score[i]);
    hits.insert(hits.end(), times[i], hit[i]);
  }
  const Ranking written(scores, hits);
  EXPECT_NEAR(drawn.Auroc(), written.Auroc(), 1e-12);
  EXPECT_NEAR(drawn.Fpr95(), written.Fpr95(), 1e-12);
  EXPECT_NEAR(drawn.Aupr(), written.Aupr(), 1e-12);
  EXPECT_NEAR(drawn.Nll(), written.Nll(), 1e-12);
  EXPECT_NEAR(drawn.Brier(), written.Brier(), 1e-12);
  EXPECT_NEAR(drawn.EceEqualWidth(), written.EceEqualWidth(), 1e-12);
  EXPECT_NEAR(drawn.EceEqualMass(), written.EceEqualMass(), 1e-12);
  EXPECT_NEAR(drawn.AreaUnderRiskCoverage().e_aurc, written.AreaUnderRiskCoverage().e_aurc, 1e-12);
  EXPECT_NEAR(drawn.SelectiveAccuracy(0.8), written.SelectiveAccuracy(0.8), 1e-12);
}

TEST(Bootstrap, DrawsWholeGroups) {
  std::vector<CardRow> rows(30);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].group = static_cast<std::int32_t>(i / 3);
  const Bootstrap draws(5, rows, 7);
  EXPECT_TRUE(draws.grouped());
  for (std::size_t b = 0; b < kReplicates; ++b) {
    const auto times = draws.Times(b);
    ASSERT_EQ(times.size(), 37U);
    int sum = 0;
    for (std::size_t i = 0; i < 30; ++i) {
      EXPECT_EQ(times[i], times[i / 3 * 3]);
      sum += times[i];
    }
    EXPECT_EQ(sum, 30);
  }
  EXPECT_FALSE(DrawsOf(4).grouped());
}

TEST(Breakdown, IntervalsAreOfGroupsWhereRowsBelongTogether) {
  std::vector<CardRow> rows(40);  // 8 groups, half of them wrong as a whole
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].predicted = i % 10 < 5 ? 0 : 1;
  const auto width = [&] {
    const Breakdown breakdown = MakeBreakdown(rows, 2, Bootstrap(5, rows));
    const reliability::Estimate& recall = breakdown.classes[0].recall;
    const reliability::Estimate& uncertain = breakdown.verdicts[1].accuracy;
    EXPECT_EQ(recall.value, 0.5);
    EXPECT_EQ(recall.low, uncertain.low);
    return recall.high - recall.low;
  };
  const double of_rows = width();
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].group = static_cast<std::int32_t>(i / 5);
  EXPECT_GT(width(), 1.5 * of_rows);
}

TEST(Bootstrap, NoneAndAllOfFewGroupsAreNotCertain) {
  std::vector<CardRow> rows(40);  // 8 groups
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].group = static_cast<std::int32_t>(i / 5);
  const Bootstrap draws(5, rows);
  for (const double familiarity : {1.0, 0.0}) {
    for (CardRow& row : rows) row.familiarity = familiarity;
    const reliability::Estimate flagged = FlaggedShare(rows, 0.01, draws);
    EXPECT_EQ(flagged.value, 1 - familiarity);
    EXPECT_NEAR(flagged.high - flagged.low, 1 - std::pow(0.025, 1.0 / 8), 1e-9);
  }
}

TEST(Curves, RiskCoverageHasOnePointForEachScore) {
  const auto curve =
      RiskCoverageCurve(std::vector<double>{0.9, 0.5, 0.5, 0.1}, std::vector<int>{1, 1, 0, 0});
  ASSERT_EQ(curve.size(), 3u);
  EXPECT_EQ(curve[1].x, 0.75);
  EXPECT_EQ(curve[1].y, 1.0 / 3);
}

TEST(Curves, RocEndsAtOneOne) {
  const auto curve = RocCurve(std::vector<double>{2, 1}, std::vector<double>{1, 0});
  ASSERT_EQ(curve.size(), 4u);
  EXPECT_EQ(curve[1].y, 0.5);
  EXPECT_EQ(curve[2].x, 0.5);
  EXPECT_EQ(curve.back().x, 1);
  EXPECT_TRUE(RocCurve({}, std::vector<double>{1}).empty());
}

TEST(Curves, HistogramPutsWhatLiesOutsideIntoTheOutermostBins) {
  EXPECT_EQ(Histogram(std::vector<double>{-1, 0.1, 0.9, 7}, 0, 1, 2),
            (std::vector<double>{0.5, 0.5}));
}

TEST(Curves, BinsAreThoseOfTheCalibrationError) {
  const auto bins = ReliabilityBins(std::vector<double>{1, 0.97, 0}, std::vector<int>{1, 0, 0});
  ASSERT_EQ(bins.size(), 15u);
  EXPECT_EQ(bins[14].rows, 2u);
  EXPECT_EQ(bins[14].correct, 1u);
  EXPECT_EQ(bins[14].mean_confidence, 0.985);
  EXPECT_EQ(bins[0].rows, 1u);
}

}  // namespace
}  // namespace credence::fitting
