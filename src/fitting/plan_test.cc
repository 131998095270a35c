#include "fitting/plan.h"

#include <gtest/gtest.h>

#include <vector>

#include "reliability/golden.h"

namespace credence::fitting {
namespace {

using nlohmann::json;

TEST(Plan, GoldenNumbers) {
  const json golden = reliability::Golden("plan.json");
  for (const json& c : golden.at("cases")) {
    const auto plan = PlanLabels({.risk = c.at("rho").get<double>(),
                                  .true_risk = c.at("true_risk").get<double>(),
                                  .share = c.at("share").get<double>(),
                                  .delta = c.at("delta").get<double>(),
                                  .power = c.at("power").get<double>()});
    ASSERT_TRUE(plan.has_value()) << c;
    EXPECT_EQ(plan->accepted, c.at("selected").get<std::size_t>());
    EXPECT_EQ(plan->errors, c.at("errors_allowed").get<std::size_t>());
    EXPECT_EQ(plan->certify, c.at("certify").get<std::size_t>());
    EXPECT_EQ(plan->labels, c.at("labels").get<std::size_t>());
  }
}

TEST(Plan, WhatIsAsWrongAsTheTargetIsOutOfReach) {
  EXPECT_FALSE(PlanLabels({.risk = 0.01, .true_risk = 0.01}).has_value());
  EXPECT_FALSE(PlanLabels({.risk = 0.001, .true_risk = 0.00099}).has_value());
}

TEST(Plan, TheCheapestThresholdOfAPilotIsTaken) {
  const std::vector<reliability::PilotPoint> pilot = {{.logit = 6, .share = 0.1, .errors = 0.0001},
                                                      {.logit = 4, .share = 0.8, .errors = 0.001},
                                                      {.logit = 2, .share = 1, .errors = 0.0095}};
  const auto plan = PlanLabels({.risk = 0.01}, pilot);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->share, 0.8);
  EXPECT_GT(PlanLabels({.risk = 0.01}, pilot, 0.1)->labels, 9 * plan->labels);
}

}  // namespace
}  // namespace credence::fitting
