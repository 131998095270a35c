#include "serving/canary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace credence::serving {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseCanary, AnEmptyObjectHasTheDefaults) {
  const auto config = ParseCanary(json::object());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(*config, CanaryConfig());
  EXPECT_EQ(config->share, 0.1);
  EXPECT_TRUE(config->sticky);
  EXPECT_FALSE(config->shadow);
}

TEST(ParseCanary, EveryKeyIsRead) {
  const auto config = ParseCanary(json::parse(R"({
      "share": 0.25, "sticky": false, "shadow": true,
      "promote_when": {"all": ["agreement >= 0.98", "reliable_difference>=-0.02"],
                       "alpha": 0.001, "inputs_min": 5000},
      "rollback_when": {"any": ["errors_difference >= 0.02"]}})"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->share, 0.25);
  EXPECT_FALSE(config->sticky);
  EXPECT_TRUE(config->shadow);
  ASSERT_TRUE(config->promote_when);
  EXPECT_THAT(config->promote_when->conditions,
              ElementsAre(Requirement{"agreement", Relation::kAtLeast, 0.98},
                          Requirement{"reliable_difference", Relation::kAtLeast, -0.02}));
  EXPECT_EQ(config->promote_when->alpha, 0.001);
  EXPECT_EQ(config->promote_when->inputs_min, 5000U);
  ASSERT_TRUE(config->rollback_when);
  EXPECT_EQ(config->rollback_when->alpha, 0.01);
  EXPECT_EQ(config->rollback_when->inputs_min, 100U);
}

TEST(ParseCanary, WhatIsWrongIsNamed) {
  struct Case {
    const char* text;
    const char* message;
  };
  const Case cases[] = {
      {R"([])", "canary must be an object"},
      {R"({"percent": 10})", "canary has no key \"percent\"; there is: share, sticky, shadow"},
      {R"({"share": 0})", "canary.share is 0; it must be above 0 and at most 1"},
      {R"({"share": 1.5})", "canary.share is 1.5"},
      {R"({"share": "0.1"})", "canary.share is \"0.1\""},
      {R"({"sticky": 1})", "canary.sticky must be true or false"},
      {R"({"shadow": null})", "canary.shadow must be true or false"},
      {R"({"promote_when": []})", "canary.promote_when must be an object"},
      {R"({"promote_when": {}})", "canary.promote_when.all: must be a list of 1 to 16"},
      {R"({"promote_when": {"any": ["errors <= 0.1"]}})", "has no key \"any\"; there is: all"},
      {R"({"rollback_when": {"all": ["errors <= 0.1"]}})", "has no key \"all\"; there is: any"},
      {R"({"promote_when": {"all": "errors <= 0.1"}})", "canary.promote_when.all: must be a list"},
      {R"({"promote_when": {"all": [0.1]}})", "a condition must be a text"},
      {R"({"promote_when": {"all": ["errors < 0.1"]}})", "want FIGURE<=NUMBER"},
      {R"({"promote_when": {"all": ["speed >= 0.1"]}})",
       "there is no figure \"speed\"; there is: reliable, uncertain, unfamiliar, errors, "
       "agreement"},
      {R"({"promote_when": {"all": ["agreement >= 0.9"]}})", "set \"shadow\": true"},
      {R"({"promote_when": {"all": ["errors <= 0"]}})", "can never be shown"},
      {R"({"promote_when": {"all": ["reliable >= 1"]}})", "is between 0 and 1"},
      {R"({"promote_when": {"all": ["reliable_difference >= -2"]}})", "is between -1 and 1"},
      {R"({"promote_when": {"all": ["errors <= 0.1"], "alpha": 0}})", "alpha is 0; it must be"},
      {R"({"promote_when": {"all": ["errors <= 0.1"], "alpha": 0.6}})", "alpha is 0.6"},
      {R"({"promote_when": {"all": ["errors <= 0.1"], "inputs_min": 0}})", "inputs_min is 0"},
      {R"({"promote_when": {"all": ["errors <= 0.1"], "inputs_min": -4}})", "inputs_min is -4"},
  };
  for (const Case& c : cases) {
    const auto config = ParseCanary(json::parse(c.text));
    ASSERT_FALSE(config) << c.text;
    EXPECT_EQ(config.error().code, Code::kInvalidArgument) << c.text;
    EXPECT_THAT(config.error().message, HasSubstr(c.message)) << c.text;
  }
}

TEST(ChooseRoute, AKeyAlwaysMeetsTheSameVersion) {
  // Where these keys fall was computed apart, in Python: 0.1528 and 0.5054 for digits/4, 0.4421 for
  // digits/5. So processes and machines agree.
  CanaryConfig config = {.share = 0.1527};
  EXPECT_EQ(ChooseRoute(config, "alice", "digits/4", 0), Route::kStable);
  config.share = 0.1528;
  EXPECT_EQ(ChooseRoute(config, "alice", "digits/4", 0.99), Route::kCanary);
  EXPECT_EQ(ChooseRoute(config, "bob", "digits/4", 0), Route::kStable);
  EXPECT_EQ(ChooseRoute(config, "alice", "digits/5", 0), Route::kStable);
  config.share = 0.4422;
  EXPECT_EQ(ChooseRoute(config, "alice", "digits/5", 0.99), Route::kCanary);
}

TEST(ChooseRoute, WithoutAKeyChanceDecides) {
  const CanaryConfig config = {.share = 0.2};
  EXPECT_EQ(ChooseRoute(config, "", "digits/4", 0.19), Route::kCanary);
  EXPECT_EQ(ChooseRoute(config, "", "digits/4", 0.2), Route::kStable);
}

TEST(ChooseRoute, KeysAreNotLookedAtUnlessSticky) {
  const CanaryConfig config = {.share = 0.2, .sticky = false};
  EXPECT_EQ(ChooseRoute(config, "bob", "digits/4", 0.19), Route::kCanary);
  EXPECT_EQ(ChooseRoute(config, "alice", "digits/4", 0.2), Route::kStable);
}

TEST(ChooseRoute, ShadowAsksBoth) {
  const CanaryConfig config = {.share = 0.2, .shadow = true};
  EXPECT_EQ(ChooseRoute(config, "", "digits/4", 0.1), Route::kBoth);
  EXPECT_EQ(ChooseRoute(config, "", "digits/4", 0.3), Route::kStable);
}

TEST(ChooseRoute, AShareOfOneIsEverything) {
  const CanaryConfig config = {.share = 1};
  EXPECT_EQ(ChooseRoute(config, "", "", 0.9999999), Route::kCanary);
}

TEST(ChooseRoute, KeysAreSharedOutAsAsked) {
  const CanaryConfig config = {.share = 0.1};
  int canary = 0, both_salts = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string key = "user-" + std::to_string(i);
    const bool here = ChooseRoute(config, key, "digits/4", 0) == Route::kCanary;
    canary += here ? 1 : 0;
    both_salts += here && ChooseRoute(config, key, "digits/5", 0) == Route::kCanary ? 1 : 0;
  }
  EXPECT_NEAR(canary, 10'000, 400);    // four standard deviations
  EXPECT_NEAR(both_salts, 1000, 130);  // the next canary is another draw
}

}  // namespace
}  // namespace credence::serving
