#include "fitting/selective_risk.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "reliability/golden.h"

namespace credence::fitting {
namespace {

using nlohmann::json;

std::optional<double> Optional(const json& j) {
  return j.is_null() ? std::optional<double>() : std::optional<double>(j.get<double>());
}

void ExpectStep(const RiskStep& step, const json& expected, double tolerance) {
  EXPECT_EQ(step.accepted, expected.at("rows").get<std::size_t>());
  EXPECT_EQ(step.errors, expected.at("errors").get<std::size_t>());
  EXPECT_NEAR(step.p_value, expected.at("p").get<double>(), tolerance);
}

TEST(SelectiveRisk, GoldenLadders) {
  const json golden = reliability::Golden("ladder.json");
  const double tolerance = golden.at("tolerance_p").get<double>();
  for (const json& c : golden.at("cases")) {
    const std::vector<double> learned = reliability::Doubles(c.at("learn_logit"));
    const std::vector<double> certify = reliability::Doubles(c.at("certify_logit"));
    const auto learned_class = c.at("learn_predicted").get<std::vector<std::int32_t>>();
    const auto certify_class = c.at("certify_predicted").get<std::vector<std::int32_t>>();
    const auto errors = c.at("certify_error").get<std::vector<int>>();
    const RiskData data = {.learned = {.logits = learned, .predicted = learned_class},
                           .certifying = {.logits = certify,
                                          .predicted = certify_class,
                                          .errors = errors,
                                          .n = c.at("n").get<std::size_t>()}};
    const double cost = c.at("cost_ratio").get<double>();
    const LadderSearch ladder = SearchLadder(data, reliability::kRiskLadder, 0.05, cost);
    ASSERT_EQ(ladder.rungs.size(), c.at("rungs").size());
    for (std::size_t r = 0; r < ladder.rungs.size(); ++r) {
      const json& expected = c.at("rungs")[r];
      const RiskSearch& search = ladder.searches[r];
      ASSERT_TRUE(search.start.has_value());
      EXPECT_EQ(search.start->logit, expected.at("start").get<double>());
      ExpectStep(*search.start, expected.at("predicted_at_start"), tolerance);
      ASSERT_EQ(search.path.size(), expected.at("path").size());
      for (std::size_t i = 0; i < search.path.size(); ++i) {
        EXPECT_EQ(search.path[i].logit, expected.at("path")[i].at("logit").get<double>());
        ExpectStep(search.path[i], expected.at("path")[i], tolerance);
      }
      EXPECT_EQ(search.own, Optional(expected.at("own_threshold")));
      EXPECT_EQ(ladder.rungs[r].theta, Optional(expected.at("threshold")));
      EXPECT_NEAR(ladder.rungs[r].share, expected.at("share").get<double>(), 1e-12);
    }
    const std::optional<std::size_t> best = BestRung(ladder.rungs, cost);
    ASSERT_TRUE(best.has_value());
    EXPECT_EQ(ladder.rungs[*best].risk, c.at("verdict_rho").get<double>());
    const ClassCertificates classes = CertifyClasses(data, 6, *ladder.rungs[*best].theta, 0.05);
    EXPECT_EQ(classes.tested.size(), c.at("classes_tested").get<std::size_t>());
    for (std::size_t k = 0; k < 6; ++k) {
      const std::string key = std::to_string(k);
      const json& risks = c.at("class_risk");
      if (risks.contains(key) && !risks.at(key).is_null()) {
        EXPECT_EQ(classes.risk[k], risks.at(key).get<double>()) << key;
      } else {
        EXPECT_TRUE(std::isnan(classes.risk[k])) << key;
      }
    }
  }
}

TEST(SelectiveRisk, TheGridEndsWhereAcceptingPays) {
  EXPECT_EQ(ThresholdGrid(10).back(), 2.2);
  EXPECT_EQ(ThresholdGrid(10).size(), 69U);
  EXPECT_EQ(ThresholdGrid(2).back(), 0);
  EXPECT_EQ(ThresholdGrid(9000), (std::vector<double>{9.0}));
}

TEST(SelectiveRisk, ARungOfAShareIsTheFirstThatReachesIt) {
  const std::vector<reliability::Rung> rungs = {{.risk = .01},
                                                {.risk = .02, .theta = 4, .share = .3},
                                                {.risk = .05, .theta = 3, .share = .6}};
  EXPECT_EQ(RungOfShare(rungs, .2), 1U);
  EXPECT_EQ(RungOfShare(rungs, .5), 2U);
  EXPECT_EQ(RungOfShare(rungs, .9), 2U);
  EXPECT_EQ(RungOfShare({}, .9), std::nullopt);
}

// Answers with P(correct) = σ(logit) that are wrong twice as often, and their true risk.
struct Overconfident {
  explicit Overconfident(std::uint64_t seed) {
    for (std::size_t i = 0; i < 500; ++i) {
      learn.push_back(3 + 1.5 * NormalAt(seed, i));
      certify.push_back(3 + 1.5 * NormalAt(seed, 1000 + i));
      const double wrong = 2 / (1 + std::exp(certify.back()));
      errors.push_back(UniformAt(seed, 10000 + i) < wrong ? 1 : 0);
      classes.push_back(0);
    }
  }
  RiskData data() const {
    return {.learned = {.logits = learn, .predicted = classes},
            .certifying = {.logits = certify, .predicted = classes, .errors = errors, .n = 500}};
  }
  static double RiskAbove(double theta) {
    double mass = 0;
    double risk = 0;
    for (double z = -5; z < 5; z += 0.01) {
      const double logit = 3 + 1.5 * z;
      if (logit < theta) continue;
      mass += std::exp(-z * z / 2);
      risk += std::exp(-z * z / 2) * std::min(1.0, 2 / (1 + std::exp(logit)));
    }
    return risk / mass;
  }
  std::vector<double> learn, certify;
  std::vector<int> errors;
  std::vector<std::int32_t> classes;
};

// All rungs together fail at most δ of the time, whichever is looked at.
TEST(SelectiveRisk, AllRungsKeepTheirPromiseAtOnce) {
  constexpr std::size_t kDraws = 300;
  std::size_t broken = 0;
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    const Overconfident world(SubSeed(3, draw));
    const LadderSearch ladder = SearchLadder(world.data(), reliability::kRiskLadder, 0.05, 10);
    bool fails = false;
    for (const reliability::Rung& rung : ladder.rungs) {
      fails = fails || (rung.theta && Overconfident::RiskAbove(*rung.theta) > rung.risk);
    }
    if (fails) ++broken;
  }
  EXPECT_LE(broken, kDraws / 20);
}

// What is certified at a lower risk is certified at a higher one, and accepts no more.
TEST(SelectiveRisk, TheLadderIsNested) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Overconfident world(SubSeed(4, seed));
    const LadderSearch ladder = SearchLadder(world.data(), reliability::kRiskLadder, 0.05, 10);
    for (std::size_t i = 1; i < ladder.rungs.size(); ++i) {
      if (!ladder.rungs[i - 1].theta) continue;
      ASSERT_TRUE(ladder.rungs[i].theta.has_value());
      EXPECT_LE(*ladder.rungs[i].theta, *ladder.rungs[i - 1].theta);
      EXPECT_GE(ladder.rungs[i].share, ladder.rungs[i - 1].share);
    }
  }
}

}  // namespace
}  // namespace credence::fitting
