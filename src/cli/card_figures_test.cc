#include "cli/card_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace credence::cli {
namespace {

using serving::Relation;
using serving::Requirement;
using testing::HasSubstr;

reliability::Profile Certified() {
  reliability::Profile profile;
  profile.risk_error = 0.05;
  profile.rule.rungs = {{.risk = 0.01, .theta = 3.5}};
  profile.rule.rung = 0;
  profile.card.rows = 5000;
  profile.card.accuracy = {.value = 0.98, .low = 0.975, .high = 0.984};
  profile.card.reliable = {.value = 0.92, .low = 0.91, .high = 0.93};
  profile.card.error_among_reliable = {.value = 0.004, .low = 0.002, .high = 0.007};
  profile.card.max_softmax.nll = {.value = 0.3};
  return profile;
}

CheckedRequirement CheckOne(const CardFigures& figures, const Requirement& requirement) {
  const auto checked = Check({requirement}, figures);
  EXPECT_TRUE(checked) << checked.error().message;
  return checked->front();
}

TEST(CardFigures, TheRiskOfAProfileIsTheCertifiedOne) {
  const auto risk = CheckOne(FiguresOf(Certified()), {"risk", Relation::kAtMost, 0.01});
  EXPECT_TRUE(risk.holds);
  EXPECT_EQ(risk.bound, 0.01);
  EXPECT_EQ(risk.figure.basis, "certified, confidence 95 %");
  EXPECT_FALSE(CheckOne(FiguresOf(Certified()), {"risk", Relation::kAtMost, 0.009}).holds);
}

TEST(CardFigures, WithoutACertifiedRiskNoneIsLowEnough) {
  reliability::Profile profile = Certified();
  profile.rule.rung.reset();
  const auto risk = CheckOne(FiguresOf(profile), {"risk", Relation::kAtMost, 1});
  EXPECT_FALSE(risk.holds);
  EXPECT_THAT(risk.figure.basis, HasSubstr("no error rate was certified"));
}

TEST(CardFigures, TheWorseEndOfTheIntervalIsCompared) {
  const CardFigures figures = FiguresOf(Certified());
  const auto reliable = CheckOne(figures, {"reliable", Relation::kAtLeast, 0.915});
  EXPECT_EQ(reliable.bound, 0.91);
  EXPECT_FALSE(reliable.holds);
  EXPECT_EQ(reliable.figure.basis, "95 % interval, 5000 pictures");
  EXPECT_TRUE(CheckOne(figures, {"reliable", Relation::kAtLeast, 0.91}).holds);
  EXPECT_EQ(CheckOne(figures, {"reliable", Relation::kAtMost, 0.95}).bound, 0.93);
}

TEST(CardFigures, ErrorsAreTheRestOfTheAccuracy) {
  const auto errors = CheckOne(FiguresOf(Certified()), {"errors", Relation::kAtMost, 0.02});
  EXPECT_NEAR(errors.figure.estimate.value, 0.02, 1e-12);
  EXPECT_NEAR(errors.bound, 0.025, 1e-12);
  EXPECT_FALSE(errors.holds);
}

TEST(CardFigures, AFigureWithoutAnIntervalIsComparedItself) {
  const auto nll = CheckOne(FiguresOf(Certified()), {"max_softmax.nll", Relation::kAtMost, 0.3});
  EXPECT_TRUE(nll.holds);
  EXPECT_EQ(nll.figure.basis, "no interval, 5000 pictures");
}

TEST(CardFigures, WhatIsNotDefinedFulfilsNothing) {
  const auto f = CheckOne(FiguresOf(Certified()), {"second_opinion.agrees", Relation::kAtLeast, 0});
  EXPECT_FALSE(f.holds);
  EXPECT_EQ(f.figure.basis, "not defined");
}

TEST(CardFigures, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  const auto checked = Check({{"acuracy", Relation::kAtLeast, 0.9}}, FiguresOf(Certified()));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::kInvalidArgument);
  EXPECT_THAT(checked.error().message, HasSubstr("no figure \"acuracy\"; there is: accuracy, "));
  EXPECT_THAT(checked.error().message, HasSubstr(", risk, "));
}

TEST(ParseReport, TheRiskOfAReportIsTheMeasuredOne) {
  const auto figures = ParseReport(R"({"card": {"rows": 800,
      "accuracy": {"value": 0.9, "low": 0.88, "high": 0.92},
      "error_among_reliable": {"value": 0.01, "low": 0.004, "high": 0.02},
      "confidence.nll": {"value": null}}, "invalid": 0})");
  ASSERT_TRUE(figures) << figures.error().message;
  const auto risk = CheckOne(*figures, {"risk", Relation::kAtMost, 0.015});
  EXPECT_EQ(risk.bound, 0.02);
  EXPECT_FALSE(risk.holds);
  EXPECT_EQ(risk.figure.basis, "95 % interval, 800 pictures");
  EXPECT_TRUE(std::isnan(figures->at("confidence.nll").estimate.value));
}

TEST(ParseReport, WhatIsNoReportIsRefused) {
  for (const char* text : {"", "[]", "{}", R"({"card": 3})", "not JSON"}) {
    const auto figures = ParseReport(text);
    ASSERT_FALSE(figures) << text;
    EXPECT_EQ(figures.error().code, Code::kDataLoss);
    EXPECT_THAT(figures.error().message, HasSubstr("credence evaluate --json"));
  }
}

}  // namespace
}  // namespace credence::cli
