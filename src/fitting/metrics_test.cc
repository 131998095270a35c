#include "fitting/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "fitting/make_report_card.h"
#include "reliability/golden.h"

namespace credence::fitting {
namespace {

using nlohmann::json;

TEST(Metrics, GoldenCalibrationErrors) {
  const json golden = reliability::Golden("ece.json");
  for (const json& c : golden.at("cases")) {
    const std::vector<double> p = reliability::Doubles(c.at("p"));
    const auto correct = c.at("correct").get<std::vector<int>>();
    EXPECT_NEAR(EceEqualWidth(p, correct), c.at("ece_equal_width_15").get<double>(), 1e-12);
    EXPECT_NEAR(EceEqualMass(p, correct), c.at("ece_equal_mass_15").get<double>(), 1e-12);
    EXPECT_NEAR(Brier(p, correct), c.at("brier").get<double>(), 1e-12);
    EXPECT_NEAR(ConfidenceNll(p, correct), c.at("nll").get<double>(), 1e-12);
  }
}

TEST(Metrics, GoldenRiskCoverage) {
  const json golden = reliability::Golden("aurc.json");
  for (const json& c : golden.at("cases")) {
    const std::vector<double> confidence = reliability::Doubles(c.at("confidence"));
    std::vector<int> correct;
    for (const json& error : c.at("error")) correct.push_back(1 - error.get<int>());
    const RiskCoverage area = AreaUnderRiskCoverage(confidence, correct);
    EXPECT_NEAR(area.aurc, c.at("aurc").get<double>(), 1e-12);
    EXPECT_NEAR(area.e_aurc, c.at("e_aurc").get<double>(), 1e-12);
    EXPECT_NEAR(area.augrc, c.at("augrc").get<double>(), 1e-12);
    for (const auto& [risk, coverage] : c.at("coverage_at_risk").items()) {
      EXPECT_NEAR(CoverageAtRisk(confidence, correct, std::stod(risk)), coverage.get<double>(),
                  1e-12);
    }
  }
}

TEST(Metrics, GoldenDetection) {
  const json golden = reliability::Golden("auroc.json");
  for (const json& c : golden.at("cases")) {
    const std::vector<double> positive = reliability::Doubles(c.at("positive"));
    const std::vector<double> negative = reliability::Doubles(c.at("negative"));
    EXPECT_NEAR(Auroc(positive, negative), c.at("auroc").get<double>(), 1e-12);
    EXPECT_NEAR(Fpr95(positive, negative), c.at("fpr95").get<double>(), 1e-12);
    EXPECT_NEAR(Aupr(positive, negative), c.at("aupr").get<double>(), 1e-12);
  }
}

TEST(Metrics, NothingToCountIsNan) {
  EXPECT_TRUE(std::isnan(Auroc(std::vector<double>{1}, {})));
  EXPECT_TRUE(std::isnan(Accuracy({})));
}

TEST(ReportCard, FiguresOfAHandfulOfRows) {
  const auto row = [](std::int32_t predicted, double confidence, reliability::Verdict verdict) {
    CardRow r;
    r.label = 1;
    r.predicted = predicted;
    r.confidence = r.p_correct = r.scaled_softmax = r.max_softmax = confidence;
    r.verdict = verdict;
    r.familiarity = verdict == reliability::Verdict::kUnfamiliar ? 0.01 : 0.5;
    r.set_size = {1, 1, 2};
    r.set_covers = {predicted == 1, predicted == 1, true};
    return r;
  };
  const std::vector<CardRow> rows = {row(1, 0.9, reliability::Verdict::kReliable),
                                     row(1, 0.8, reliability::Verdict::kReliable),
                                     row(0, 0.3, reliability::Verdict::kUncertain),
                                     row(1, 0.6, reliability::Verdict::kUnfamiliar)};
  const reliability::ReportCard card = MakeReportCard(rows);
  EXPECT_EQ(card.accuracy.value, 0.75);
  EXPECT_NEAR(card.accuracy.low, 0.1941, 1e-4);
  EXPECT_EQ(card.confidence.error_auroc.value, 1);
  EXPECT_EQ(card.reliable.value, 0.5);
  EXPECT_EQ(card.error_among_reliable.value, 0);
  EXPECT_EQ(card.flagged_1.value, 0.25);
  EXPECT_EQ(card.sets[0].coverage.value, 0.75);
  EXPECT_EQ(card.sets[2].mean_size.value, 2);
  EXPECT_TRUE(std::isnan(card.sets[0].worst_class_coverage.value));
}

// Ties are exact: no figure depends on the order of the rows.
TEST(ReportCard, DoesNotDependOnTheOrderOfRows) {
  std::vector<CardRow> rows;
  for (std::size_t i = 0; i < 200; ++i) {
    CardRow row;
    row.predicted = UniformAt(8, 3 * i) < 0.2 ? 1 : 0;
    row.confidence = std::round(10 * UniformAt(8, 3 * i + 1)) / 10;
    row.p_correct = row.scaled_softmax = row.max_softmax = row.confidence;
    row.familiarity = UniformAt(8, 3 * i + 2);
    rows.push_back(row);
  }
  const auto figures = [&] {
    std::vector<double> values;
    const reliability::ReportCard card = MakeReportCard(rows);
    reliability::VisitFigures(card, [&](const std::string& name, const reliability::Estimate& e) {
      // Bins of equal numbers of rows divide ties by row.
      if (name.find("equal_mass") == std::string::npos) {
        values.push_back(e.value);
      }
    });
    return values;
  };
  const std::vector<double> before = figures();
  std::vector<CardRow> shuffled;
  for (const std::size_t i : Permutation(4, rows.size())) shuffled.push_back(rows[i]);
  rows = std::move(shuffled);
  const std::vector<double> after = figures();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(std::isnan(before[i]) ? std::isnan(after[i])
                                      : std::abs(before[i] - after[i]) < 1e-9);
  }
}

}  // namespace
}  // namespace credence::fitting
