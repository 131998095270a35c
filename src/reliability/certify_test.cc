// Golden vectors and properties of what certifies: p-values, prediction sets, verdict, drift.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "reliability/binomial.h"
#include "reliability/drift.h"
#include "reliability/ensemble.h"
#include "reliability/familiarity.h"
#include "reliability/golden.h"
#include "reliability/image_stats.h"
#include "reliability/prediction_set.h"
#include "reliability/signals.h"
#include "reliability/verdict.h"

namespace credence::reliability {
namespace {

using nlohmann::json;

TEST(Familiarity, GoldenScores) {
  const json golden = Golden("familiarity.json");
  for (const bool with_features : {true, false}) {
    Standard standard;
    for (std::size_t j = with_features ? 0 : 1; j < 4; ++j) {
      standard.mean[kFeatureNearness + j] = golden.at("mean")[j].get<double>();
      standard.sd[kFeatureNearness + j] = golden.at("sd")[j].get<double>();
    }
    for (std::size_t i = 0; i < golden.at("queries").size(); ++i) {
      Signals signals = NoSignals();
      for (std::size_t j = 0; j < 4; ++j) {
        signals[kFeatureNearness + j] = golden.at("queries")[i][j].get<double>();
      }
      const double expected = golden.at(with_features ? "u" : "without_d_fea")[i].get<double>();
      EXPECT_NEAR(Unfamiliarity(Standardise(standard, signals)) / expected, 1, 1e-6);
    }
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
    VerdictRule rule{.theta = {},
                     .alpha_unfamiliar = c.at("alpha_unfamiliar").get<double>(),
                     .alpha_reliable = c.at("alpha_reliable").get<double>()};
    if (!c.at("threshold_logit").is_null()) rule.theta = c.at("threshold_logit").get<double>();
    const Verdict verdict =
        Decide(rule, c.at("p_familiar").get<double>(), c.at("logit_p_correct").get<double>());
    EXPECT_EQ(VerdictName(verdict), c.at("verdict").get<std::string>());
  }
}

TEST(Verdict, UnfamiliarNamesTheLargestDistancesFirst) {
  const Reasons reasons =
      ExplainVerdict({.verdict = Verdict::kUnfamiliar, .unfamiliarity_terms = {3, 1, 5, 0.5}});
  EXPECT_EQ(std::vector<Reason>(reasons.begin(), reasons.end()),
            (std::vector<Reason>{Reason::kDetailUnusual, Reason::kFeaturesUnusual}));
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
    Verdict before, after;
  } cases[] = {
      {Reason::kBlank, kReliable, kUnfamiliar},
      {Reason::kValueRange, kUncertain, kUnfamiliar},
      {Reason::kSeveralObjects, kReliable, kUncertain},
      {Reason::kSeveralObjects, kUnfamiliar, kUnfamiliar},
      {Reason::kElongated, kReliable, kUncertain},
      {Reason::kElongated, kUncertain, kUncertain},
      {Reason::kCutOff, kReliable, kUncertain},
  };
  for (const auto& c : cases) {
    Reasons found;
    found.Add(c.found);
    EXPECT_EQ(Temper(c.before, found), c.after) << ReasonCode(c.found);
    EXPECT_EQ(Temper(c.before, {}), c.before);
  }
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
