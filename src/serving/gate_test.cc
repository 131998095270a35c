#include "serving/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "base/random.h"

namespace credence::serving {
namespace {

using testing::HasSubstr;

CanaryConfig Parse(const char* text) {
  auto config = ParseCanary(nlohmann::json::parse(text));
  EXPECT_TRUE(config) << config.error().message;
  return *std::move(config);
}

void Count(SideCounts& side, Outcome outcome, std::uint64_t n = 1) {
  side.outcomes[static_cast<std::size_t>(outcome)] += n;
}

ComparisonCounts Split(std::uint64_t stable_reliable, std::uint64_t canary_reliable,
                       std::uint64_t n) {
  ComparisonCounts counts;
  Count(counts.sides[0], Outcome::kReliable, stable_reliable);
  Count(counts.sides[0], Outcome::kUncertain, n - stable_reliable);
  Count(counts.sides[1], Outcome::kReliable, canary_reliable);
  Count(counts.sides[1], Outcome::kUncertain, n - canary_reliable);
  return counts;
}

constexpr char kBoth[] = R"({
    "promote_when": {"all": ["reliable_difference >= -0.05", "errors <= 0.05"]},
    "rollback_when": {"any": ["reliable_difference <= -0.05", "errors >= 0.05"]}})";

TEST(Gate, WithoutDataNothingIsDecided) {
  const GateDecision decision = Decide(Parse(kBoth), {});
  EXPECT_EQ(decision.action, GateAction::kNone);
  EXPECT_THAT(decision.reason, HasSubstr("errors <= 0.05 has too few inputs: nothing counted yet"));
}

TEST(Gate, WithoutRulesNothingIsDecided) {
  EXPECT_EQ(Decide(Parse("{}"), Split(900, 100, 1000)).action, GateAction::kNone);
}

TEST(Gate, AGoodCanaryIsPromotedWithTheReason) {
  const GateDecision decision = Decide(Parse(kBoth), Split(9000, 9000, 10'000));
  EXPECT_EQ(decision.action, GateAction::kPromote);
  EXPECT_THAT(decision.reason,
              HasSubstr("reliable_difference >= -0.05 holds: 0 [-0.02271, 0.02271]"));
  EXPECT_THAT(decision.reason, HasSubstr("errors <= 0.05 holds: 0 [0, "));
  EXPECT_THAT(decision.reason, HasSubstr("n 10000, alpha 0.01"));
}

TEST(Gate, AWorseCanaryIsRolledBackWithTheReason) {
  const GateDecision decision = Decide(Parse(kBoth), Split(900, 600, 1000));
  EXPECT_EQ(decision.action, GateAction::kRollBack);
  EXPECT_THAT(decision.reason, HasSubstr("reliable_difference <= -0.05 holds: -0.3 ["));
  EXPECT_THAT(decision.reason, HasSubstr("alpha 0.005"));  // two conditions share alpha
}

TEST(Gate, WhatIsNotShownYetIsSaid) {
  const GateDecision decision = Decide(Parse(kBoth), Split(180, 180, 200));
  EXPECT_EQ(decision.action, GateAction::kNone);
  EXPECT_THAT(decision.reason, HasSubstr("reliable_difference >= -0.05 is not shown: 0 ["));
}

TEST(Gate, PromotionNeedsEveryCondition) {
  ComparisonCounts counts = Split(9000, 9000, 10'000);
  Count(counts.sides[1], Outcome::kError, 500);
  EXPECT_EQ(Decide(Parse(kBoth), counts).action, GateAction::kNone);
}

TEST(Gate, RollbackNeedsAnyCondition) {
  ComparisonCounts counts = Split(9000, 9000, 10'000);
  Count(counts.sides[1], Outcome::kError, 1500);
  EXPECT_EQ(Decide(Parse(kBoth), counts).action, GateAction::kRollBack);
}

TEST(Gate, RollbackGoesBeforePromotion) {
  const CanaryConfig config = Parse(R"({"promote_when": {"all": ["reliable >= 0.5"]},
                                        "rollback_when": {"any": ["reliable >= 0.5"]}})");
  EXPECT_EQ(Decide(config, Split(900, 900, 1000)).action, GateAction::kRollBack);
}

TEST(Gate, WaitsForTheSmallestNumberOfInputs) {
  const char text[] = R"({"promote_when": {"all": ["reliable >= 0.5"], "inputs_min": 1001}})";
  const GateDecision decision = Decide(Parse(text), Split(900, 900, 1000));
  EXPECT_EQ(decision.action, GateAction::kNone);
  EXPECT_THAT(decision.reason, HasSubstr("reliable >= 0.5 has too few inputs: 0.9 ["));
  EXPECT_EQ(Decide(Parse(text), Split(900, 901, 1001)).action, GateAction::kPromote);
}

TEST(Gate, InShadowDifferencesAreThoseOfPairs) {
  const CanaryConfig config = Parse(R"({"shadow": true,
      "promote_when": {"all": ["reliable_difference >= -0.01", "agreement >= 0.98"]}})");
  ComparisonCounts counts;
  auto& table = counts.pairs.outcomes;
  table[0][0] = 2970;  // both reliable
  table[1][1] = 10;
  table[0][1] = 10;
  table[1][0] = 10;
  counts.pairs.same_label = 2995;
  counts.pairs.other_label = 5;
  EXPECT_EQ(Decide(config, counts).action, GateAction::kPromote);
  // As independent sides the same counts would not do.
  CanaryConfig split = config;
  split.shadow = false;
  counts.sides[0].outcomes = {2980, 20};
  counts.sides[1].outcomes = {2980, 20};
  EXPECT_FALSE(Decide(split, counts).promote[0].holds);
}

TEST(Gate, InShadowVerdictsAreComparedWhereBothAnswered) {
  const CanaryConfig config = Parse(R"({"shadow": true,
      "promote_when": {"all": ["reliable_difference >= -0.01", "errors_difference <= 0.5"]}})");
  ComparisonCounts counts;
  counts.pairs.outcomes[0][0] = 300;
  counts.pairs.outcomes[0][4] = 100;  // the canary failed
  const GateDecision decision = Decide(config, counts);
  EXPECT_EQ(decision.promote[0].measured.n, 300U);
  EXPECT_EQ(decision.promote[0].measured.value, 0);
  EXPECT_EQ(decision.promote[1].measured.n, 400U);
  EXPECT_EQ(decision.promote[1].measured.value, 0.25);
}

// Asks the gate after each of `inputs` inputs, half of them shown to each side. `stable`, `canary`:
// true shares of reliable.
struct Truth {
  double stable, canary;
};
GateAction Live(const CanaryConfig& config, const Truth& truth, std::uint64_t seed, int inputs) {
  ComparisonCounts counts;
  for (int i = 0; i < inputs; ++i) {
    const auto at = static_cast<std::uint64_t>(2 * i);
    const bool canary = UniformAt(seed, at) < 0.5;
    const bool reliable = UniformAt(seed, at + 1) < (canary ? truth.canary : truth.stable);
    Count(counts.sides[canary ? 1 : 0], reliable ? Outcome::kReliable : Outcome::kUncertain);
    const GateAction action = Decide(config, counts).action;
    if (action != GateAction::kNone) return action;
  }
  return GateAction::kNone;
}

int HowOften(GateAction action, const CanaryConfig& config, const Truth& truth, int inputs) {
  constexpr int kLives = 100;
  int often = 0;
  for (std::uint64_t life = 0; life < kLives; ++life) {
    often += Live(config, truth, SubSeed(11, life), inputs) == action ? 1 : 0;
  }
  return often;
}

// alpha = 0.1: 10 of 100 lives expected at most; 20 and more come in one of 500 tests.
TEST(GateSimulation, ACanaryOnTheLimitIsSeldomPromotedThoughItIsLookedAtAfterEachInput) {
  const CanaryConfig config =
      Parse(R"({"promote_when": {"all": ["reliable >= 0.8"], "alpha": 0.1, "inputs_min": 1}})");
  EXPECT_LE(HowOften(GateAction::kPromote, config, {.stable = .8, .canary = .8}, 300), 19);
}

TEST(GateSimulation, AnEqualCanaryIsSeldomRolledBackThoughItIsLookedAtAfterEachInput) {
  const CanaryConfig config = Parse(
      R"({"rollback_when": {"any": ["reliable_difference <= 0", "reliable <= 0.8"],
                            "alpha": 0.1, "inputs_min": 1}})");
  EXPECT_LE(HowOften(GateAction::kRollBack, config, {.stable = .8, .canary = .8}, 60), 19);
}

TEST(GateSimulation, AClearDifferenceIsFound) {
  const CanaryConfig config =
      Parse(R"({"rollback_when": {"any": ["reliable_difference <= -0.1"], "inputs_min": 20}})");
  EXPECT_GE(HowOften(GateAction::kRollBack, config, {.stable = .95, .canary = .3}, 100), 95);
}

}  // namespace
}  // namespace credence::serving
