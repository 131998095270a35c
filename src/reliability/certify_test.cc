// Golden vectors and properties of what certifies: p-values, prediction sets, verdict, drift.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/random.h"
#include "reliability/binomial.h"
#include "reliability/drift.h"
#include "reliability/ensemble.h"
#include "reliability/familiarity.h"
#include "reliability/golden.h"
#include "reliability/image_stats.h"
#include "reliability/logits.h"
#include "reliability/prediction_set.h"
#include "reliability/signals.h"
#include "reliability/verdict.h"

namespace credence::reliability {
namespace {

using nlohmann::json;

std::size_t SignalOf(const std::string& name) {
  for (std::size_t j = 0; j < kSignals; ++j) {
    if (SignalName(j) == name) return j;
  }
  ADD_FAILURE() << name;
  return 0;
}

TEST(Familiarity, GoldenScores) {
  const json golden = Golden("familiarity.json");
  for (const json& c : golden.at("cases")) {
    Standard standard;
    for (std::size_t k = 0; k < c.at("signals").size(); ++k) {
      const std::size_t j = SignalOf(c.at("signals")[k].get<std::string>());
      standard.mean[j] = c.at("mean")[k].get<double>();
      standard.sd[j] = c.at("sd")[k].get<double>();
    }
    const UnfamiliarityValues weights =
        UnfamiliarityWeights(standard, c.at("energy_weight").get<double>());
    std::vector<double> given;
    for (const double w : weights) {
      if (!std::isnan(w)) given.push_back(w);
    }
    ASSERT_EQ(given.size(), c.at("weights").size());
    for (std::size_t k = 0; k < given.size(); ++k) {
      EXPECT_NEAR(given[k], c.at("weights")[k].get<double>(), 1e-12);
    }
    for (std::size_t i = 0; i < c.at("queries").size(); ++i) {
      Signals signals = NoSignals();
      for (std::size_t k = 0; k < c.at("signals").size(); ++k) {
        signals[SignalOf(c.at("signals")[k].get<std::string>())] =
            c.at("queries")[i][k].get<double>();
      }
      const double u = Sum(Unfamiliarity(Standardise(standard, signals), weights));
      EXPECT_NEAR(u / c.at("u")[i].get<double>(), 1, 1e-6);
    }
  }
}

// The logits are float32, so that the energy is as exact as they are.
TEST(Energy, GoldenEnergiesAndWeights) {
  const json golden = Golden("energy.json");
  for (const json& c : golden.at("cases")) {
    const std::vector<float> logits = FloatRows(c.at("logits"));
    const std::size_t classes = c.at("logits")[0].size();
    std::vector<float> probabilities(classes);
    for (std::size_t i = 0; i < c.at("energy").size(); ++i) {
      const Softmax softmax = ScaledSoftmax(std::span(logits).subspan(i * classes, classes),
                                            c.at("T").get<double>(), probabilities);
      EXPECT_NEAR(softmax.energy, c.at("energy")[i].get<double>(), 2e-6);
    }
    const double auroc = c.at("auroc").is_null() ? std::nan("") : c.at("auroc").get<double>();
    EXPECT_NEAR(EnergyWeight(c.at("wrong_rows").get<std::size_t>(), auroc),
                c.at("weight").get<double>(), 1e-9);
  }
}

TEST(Energy, GoldenContent) {
  const json golden = Golden("energy.json");
  for (const json& c : golden.at("content")) {
    EXPECT_EQ(HasContent({.pixel_accuracy = c.at("pixel_accuracy").get<double>(),
                          .model_accuracy = c.at("model_accuracy").get<double>(),
                          .largest_class_share = c.at("largest_class_share").get<double>()}),
              c.at("content").get<bool>())
        << c;
  }
}

TEST(Confidence, GoldenFactors) {
  const json golden = Golden("confidence.json");
  for (const json& c : golden.at("cases")) {
    const auto n = c.at("n").get<std::size_t>();
    for (const json& row : c.at("rows")) {
      const double share = row.at("foreign_share").get<double>();
      const bool outside = row.at("content_outside").get<bool>();
      const auto rank = static_cast<std::size_t>(
          std::lround(row.at("p").get<double>() * (static_cast<double>(n) + 1)));
      const double odds = ForeignOdds(n, share).At(rank) * (outside ? kDoubtfulOdds : 1);
      if (share > 0) {
        ExpectRelative(odds * (1 - share) / share, row.at("likelihood_ratio").get<double>(), 1e-9);
      }
      EXPECT_NEAR(row.at("p_correct").get<double>() / (1 + odds),
                  row.at("confidence").get<double>(), 1e-9);
    }
  }
}

// A likelihood ratio averages to 1 over ordinary inputs, whose ranks are uniform.
TEST(Confidence, TheRatioIsProperForEveryN) {
  for (const std::size_t n : {std::size_t{1}, std::size_t{49}, std::size_t{2500}}) {
    const ForeignOdds odds(n, 0.5);
    double sum = 0;
    for (std::size_t rank = 1; rank <= n + 1; ++rank) {
      sum += odds.At(rank);
      EXPECT_LE(odds.At(rank), odds.At(rank > 1 ? rank - 1 : rank));
    }
    EXPECT_NEAR(sum / static_cast<double>(n + 1), 1, 1e-9);
  }
}

TEST(Familiarity, GoldenPValues) {
  const json golden = Golden("conformal_p.json").at("cases")[0];
  std::vector<double> reference = Doubles(golden.at("reference"));
  std::sort(reference.begin(), reference.end());
  for (std::size_t i = 0; i < golden.at("query").size(); ++i) {
    EXPECT_NEAR(ConformalP(reference, golden.at("query")[i].get<double>()),
                golden.at("p")[i].get<double>(), 1e-12);
  }
}

// Exchangeable inputs: P(p <= α) <= α, averaged over draws of the reference.
TEST(Familiarity, FalseAlarmsStayWithinTheirLevel) {
  constexpr std::size_t kDraws = 400;
  constexpr std::size_t kReference = 99;
  constexpr std::size_t kQueries = 50;
  std::size_t alarms = 0;
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    const std::uint64_t seed = SubSeed(11, draw);
    std::vector<double> reference;
    for (std::size_t i = 0; i < kReference; ++i) reference.push_back(NormalAt(seed, i));
    std::sort(reference.begin(), reference.end());
    for (std::size_t i = 0; i < kQueries; ++i) {
      if (ConformalP(reference, NormalAt(seed, kReference + i)) <= 0.05) ++alarms;
    }
  }
  EXPECT_NEAR(static_cast<double>(alarms) / (kDraws * kQueries), 0.05, 0.004);
}

TEST(PredictionSet, GoldenSets) {
  const json golden = Golden("lac.json");
  for (const json& c : golden.at("cases")) {
    const std::vector<double> scores = Doubles(c.at("calibration_scores"));
    for (const json& expected : c.at("results")) {
      const double quantile = LacQuantile(scores, 1 - expected.at("alpha").get<double>());
      EXPECT_EQ(quantile, GoldenNumber(expected.at("quantile")));
      for (std::size_t i = 0; i < c.at("query_probabilities").size(); ++i) {
        std::vector<std::int32_t> set;
        const std::vector<double> p = Doubles(c.at("query_probabilities")[i]);
        for (std::size_t k = 0; k < p.size(); ++k) {
          if (LacContains(quantile, p[k])) set.push_back(static_cast<std::int32_t>(k));
        }
        EXPECT_EQ(set, expected.at("sets")[i].get<std::vector<std::int32_t>>());
      }
    }
  }
}

TEST(PredictionSet, HoldsThePredictedClassAlways) {
  std::vector<std::int32_t> set;
  PredictionSet(std::vector<float>{0.4F, 0.35F, 0.25F}, 0.1, 0, set);
  EXPECT_EQ(set, (std::vector<std::int32_t>{0}));
}

TEST(PredictionSet, CoversExchangeableLabels) {
  constexpr std::size_t kDraws = 400;
  std::size_t covered = 0;
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    const std::uint64_t seed = SubSeed(5, draw);
    std::vector<double> scores;
    for (std::size_t i = 0; i < 60; ++i) scores.push_back(UniformAt(seed, i));
    const double quantile = LacQuantile(scores, 0.9);
    for (std::size_t i = 0; i < 50; ++i) {
      if (LacContains(quantile, 1 - UniformAt(seed, 60 + i))) ++covered;
    }
  }
  // ⌈61 · 0.9⌉ / 61, exactly, on average over draws; SD of this estimate 0.0028.
  EXPECT_NEAR(static_cast<double>(covered) / (kDraws * 50), 55.0 / 61, 0.0085);
}

TEST(Binomial, KnownValues) {
  EXPECT_NEAR(BinomialCdf(2, 10, 0.3), 0.3827827864, 1e-10);
  EXPECT_NEAR(BinomialCdf(7, 10, 0.3), 0.9984096136, 1e-10);
  EXPECT_EQ(BinomialCdf(10, 10, 0.3), 1);
  EXPECT_NEAR(BinomialCdf(0, 100000, 0.01) * 1e200, 0, 1e-200);
}

TEST(Binomial, ClopperPearsonOfTenInHundred) {
  const Interval interval = ClopperPearson(10, 100);
  EXPECT_NEAR(interval.low, 0.0490047, 1e-6);
  EXPECT_NEAR(interval.high, 0.1762226, 1e-6);
  EXPECT_EQ(ClopperPearson(0, 50).low, 0);
  EXPECT_EQ(ClopperPearson(50, 50).high, 1);
}

TEST(ImageStats, GoldenPictures) {
  const json golden = Golden("image_stats.json");
  for (std::size_t c = 0; c < 2; ++c) {
    const json& expected = golden.at("cases")[c];
    const auto height = expected.at("height").get<std::size_t>();
    const auto width = expected.at("width").get<std::size_t>();
    std::vector<float> x;
    for (std::size_t i = 0; i < height; ++i) {
      for (std::size_t j = 0; j < width; ++j) {
        const std::size_t level = c == 0 ? 3 * i * i + 5 * j + i * j : 7 * i + 11 * j;
        x.push_back(static_cast<float>(level % 256) / 255.0F);
      }
    }
    const auto stats = ImageStats(x, height, width);
    for (std::size_t k = 0; k < stats.size(); ++k) {
      EXPECT_NEAR(static_cast<double>(stats[k]), expected.at("stats")[k].get<double>(), 1e-6) << k;
    }
  }
}

TEST(Verdict, GoldenDecisions) {
  const json golden = Golden("verdict.json");
  for (const json& c : golden.at("cases")) {
    VerdictRule rule{.alpha_unfamiliar = c.at("alpha_unfamiliar").get<double>(),
                     .alpha_reliable = c.at("alpha_reliable").get<double>()};
    for (const char* risk : {"0.005", "0.01", "0.02", "0.05", "0.1"}) {
      const json& theta = c.at("thresholds").at(risk);
      rule.rungs.push_back({.risk = std::stod(risk)});
      if (!theta.is_null()) rule.rungs.back().theta = theta.get<double>();
      if (c.at("verdict_rho") == rule.rungs.back().risk) rule.rung = rule.rungs.size() - 1;
    }
    const bool outside = c.at("content_outside").get<bool>();
    const Judged judged = {.p = c.at("p_familiar").get<double>(),
                           .logit = c.at("logit_p_correct").get<double>(),
                           .doubt = outside ? Doubt::kDoubtful : Doubt::kNone};
    EXPECT_EQ(VerdictName(Decide(rule, judged)), c.at("verdict").get<std::string>()) << c;
    const std::optional<double> risk = CertifiedRisk(rule, judged);
    if (c.at("certified_risk").is_null()) {
      EXPECT_FALSE(risk.has_value()) << c;
    } else {
      EXPECT_EQ(risk, c.at("certified_risk").get<double>()) << c;
    }
  }
}

VerdictRule TwoRungs() {
  return {.rungs = {{.risk = 0.01, .theta = 4}, {.risk = 0.05, .theta = 2.2}}, .rung = 1};
}

TEST(Verdict, AClassThatCostsMoreNeedsMore) {
  VerdictRule rule = TwoRungs();
  rule.class_cost = {10, 100};
  EXPECT_EQ(CostShift(rule, 0), 0);
  EXPECT_NEAR(CostShift(rule, 1), std::log(9) - std::log(99), 1e-12);
  EXPECT_EQ(Decide(rule, {.logit = 3, .predicted = 0}), Verdict::kReliable);
  EXPECT_EQ(Decide(rule, {.logit = 3, .predicted = 1}), Verdict::kUncertain);
  EXPECT_EQ(CertifiedRisk(rule, {.logit = 5, .predicted = 1}), 0.05);
}

TEST(Verdict, AClassWithoutItsCertificateIsUncertainWhereOneIsAskedFor) {
  VerdictRule rule = TwoRungs();
  rule.class_risk = {0.05, std::nan("")};
  EXPECT_EQ(Decide(rule, {.logit = 5, .predicted = 1}), Verdict::kReliable);
  rule.class_risk_max = 0.05;
  EXPECT_EQ(Decide(rule, {.logit = 5, .predicted = 0}), Verdict::kReliable);
  EXPECT_EQ(Decide(rule, {.logit = 5, .predicted = 1}), Verdict::kUncertain);
  rule.class_risk_max = 0.02;
  EXPECT_EQ(Decide(rule, {.logit = 5, .predicted = 0}), Verdict::kUncertain);
}

TEST(Verdict, UnfamiliarNamesTheLargestDistancesFirst) {
  const Reasons reasons = ExplainVerdict(
      {.verdict = Verdict::kUnfamiliar, .unusual = true, .unfamiliarity_terms = {3, 5, 1, 0.5}});
  EXPECT_EQ(std::vector<Reason>(reasons.begin(), reasons.end()),
            (std::vector<Reason>{Reason::kOutputUnusual, Reason::kFeaturesUnusual}));
}

TEST(Verdict, UncertainGivesAtMostThreeReasonsAndTheMissingClass) {
  const Reasons reasons = ExplainVerdict({.verdict = Verdict::kUncertain,
                                          .calibrated = true,
                                          .below_alpha_reliable = true,
                                          .second_opinion_differs = true,
                                          .neighbours_differ = true,
                                          .several_classes = true,
                                          .class_calibrated = false});
  EXPECT_EQ(std::vector<Reason>(reasons.begin(), reasons.end()),
            (std::vector<Reason>{Reason::kSomewhatUnfamiliar, Reason::kSecondOpinionDiffers,
                                 Reason::kNeighboursDiffer, Reason::kClassNotCalibrated}));
}

TEST(Verdict, UncertainWithoutCauseIsLowConfidence) {
  const Reasons reasons = ExplainVerdict({.verdict = Verdict::kUncertain});
  EXPECT_TRUE(reasons.contains(Reason::kLowConfidence));
  EXPECT_EQ(reasons.size(), 1U);
}

TEST(Verdict, IsTemperedByWhatWasFoundOnTheWay) {
  using enum Verdict;
  const struct {
    Reason found;
    double logit, p;
    Verdict after;
  } cases[] = {
      {Reason::kBlank, 5, 0.5, kUnfamiliar},
      {Reason::kValueRange, 1, 0.5, kUnfamiliar},
      {Reason::kSeveralObjects, 5, 0.5, kUncertain},
      {Reason::kSeveralObjects, 5, 0.01, kUnfamiliar},
      {Reason::kElongated, 5, 0.5, kUncertain},
      {Reason::kCutOff, 5, 0.5, kUncertain},
      {Reason::kContentOutsideFrame, 5, 0.5, kUncertain},
  };
  for (const auto& c : cases) {
    Reasons found;
    found.Add(c.found);
    const Judged judged = {.p = c.p, .logit = c.logit, .doubt = DoubtOf(found)};
    EXPECT_EQ(Decide(TwoRungs(), judged), c.after) << ReasonCode(c.found);
    EXPECT_FALSE(CertifiedRisk(TwoRungs(), judged).has_value());
  }
  EXPECT_EQ(DoubtOf({}), Doubt::kNone);
}

TEST(Verdict, EveryReasonHasItsOwnCodeAndASentence) {
  std::set<std::string_view> codes;
  for (int i = 0; i <= static_cast<int>(Reason::kClassNotCalibrated); ++i) {
    codes.insert(ReasonCode(static_cast<Reason>(i)));
    EXPECT_EQ(ReasonSentence(static_cast<Reason>(i)).back(), '.');
  }
  EXPECT_EQ(codes.size(), static_cast<std::size_t>(Reason::kClassNotCalibrated) + 1);
}

TEST(Ensemble, GoldenPasses) {
  const json golden = Golden("ensemble.json");
  for (std::size_t c = 0; c < golden.at("passes").size(); ++c) {
    std::vector<double> passes;
    for (const json& pass : golden.at("passes")[c]) {
      for (const double p : Doubles(pass)) passes.push_back(p);
    }
    std::vector<double> mean(4), variance(4);
    const EnsembleStats stats = SummarisePasses(passes, 5, mean, variance);
    const json& expected = golden.at("result")[c];
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_NEAR(mean[k], expected.at("mean")[k].get<double>(), 1e-9);
    }
    EXPECT_NEAR(stats.predictive_entropy, expected.at("predictive_entropy").get<double>(), 1e-9);
    EXPECT_NEAR(stats.mutual_information, expected.at("mutual_information").get<double>(), 1e-9);
    EXPECT_NEAR(stats.vote_agreement, expected.at("vote_agreement").get<double>(), 1e-9);
  }
}

TEST(Ensemble, CombinesLogitsVarianceAndFeatures) {
  std::vector<float> logits(2), variance(2), features(1);
  std::vector<double> scratch;
  const std::vector<float> passes = {50, -50, -50, 50};
  CombinePasses(passes, std::vector<float>{1, 4}, 2,
                {.logits = logits, .variance = variance, .features = features}, scratch);
  EXPECT_NEAR(logits[0], std::log(0.5), 1e-6);
  EXPECT_NEAR(variance[0], 0.25, 1e-6);
  EXPECT_EQ(features[0], 2.5F);
}

TEST(Drift, GoldenMartingales) {
  const json golden = Golden("martingale.json");
  for (const json& c : golden.at("cases")) {
    const std::vector<DriftLevel> levels = DriftLevels(c.at("n").get<std::size_t>());
    ASSERT_EQ(levels.size() * kDriftBets.size(), c.at("levels").size());
    for (std::size_t i = 0; i < levels.size(); ++i) {
      EXPECT_NEAR(levels[i].level, c.at("levels")[3 * i].get<double>(), 1e-9);
      EXPECT_NEAR(levels[i].bound, c.at("upper_bounds")[3 * i].get<double>(), 1e-6);
      for (std::size_t b = 0; b < kDriftBets.size(); ++b) {
        ExpectRelative(kDriftBets[b] / levels[i].bound, c.at("bets")[3 * i + b].get<double>(),
                       1e-6);
      }
    }
    Drift drift(levels);
    for (std::size_t i = 0; i < c.at("p_values").size(); ++i) {
      const bool alarm = drift.Observe(c.at("p_values")[i].get<double>());
      ExpectRelative(drift.log_statistic(), c.at("log_M")[i].get<double>(), 1e-6);
      if (alarm) {
        EXPECT_EQ(i + 1, c.at("first_alarm_at_1e5").get<std::size_t>());
        break;  // the golden path goes on without a reset
      }
    }
  }
}

TEST(Drift, StartsAgainAfterAnAlarm) {
  Drift drift(DriftLevels(2500));
  int steps = 0;
  while (!drift.Observe(1.0 / 2501)) ++steps;
  EXPECT_LE(steps, 4);
  EXPECT_EQ(drift.alarms(), 1U);
  EXPECT_FALSE(drift.Observe(0.7));
  EXPECT_LT(drift.log_statistic(), 0);
}

TEST(Drift, OrdinaryTrafficIsQuiet) {
  Drift drift(DriftLevels(2500));
  for (std::uint64_t i = 0; i < 20000; ++i) {
    drift.Observe((1 + std::floor(2501 * UniformAt(9, i))) / 2501);
  }
  EXPECT_EQ(drift.alarms(), 0U);
}

}  // namespace
}  // namespace credence::reliability
