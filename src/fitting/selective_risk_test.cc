#include "fitting/selective_risk.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "reliability/golden.h"

namespace credence::fitting {
namespace {

using nlohmann::json;

TEST(SelectiveRisk, GoldenPaths) {
  const json golden = reliability::Golden("sgr.json");
  for (const json& c : golden.at("cases")) {
    const std::vector<double> learn = reliability::Doubles(c.at("logits_learn"));
    const std::vector<double> certify = reliability::Doubles(c.at("logits_certify"));
    const auto errors = c.at("error_certify").get<std::vector<int>>();
    const RiskSearch search =
        SearchThreshold({.learn_logits = learn,
                         .certify_logits = certify,
                         .certify_errors = errors,
                         .rows_b = certify.size()},
                        c.at("risk").get<double>(), c.at("delta").get<double>());
    EXPECT_EQ(search.rows_needed, c.at("n_min").get<std::size_t>());
    const auto optional = [](const json& j) {
      return j.is_null() ? std::optional<double>() : std::optional<double>(j.get<double>());
    };
    EXPECT_EQ(search.start, optional(c.at("first_tested")));
    EXPECT_EQ(search.threshold, optional(c.at("threshold")));
    ASSERT_EQ(search.path.size(), c.at("path").size());
    for (std::size_t i = 0; i < search.path.size(); ++i) {
      const json& step = c.at("path")[i];
      EXPECT_EQ(search.path[i].accepted, step.at("accepted").get<std::size_t>());
      EXPECT_EQ(search.path[i].errors, step.at("errors").get<std::size_t>());
      EXPECT_NEAR(search.path[i].p_value, step.at("p_value").get<double>(),
                  golden.at("tolerance_p").get<double>());
    }
  }
}

// The certified risk fails at most δ of the time: answers with P(correct) = σ(logit), target 5 %.
TEST(SelectiveRisk, KeepsItsPromise) {
  constexpr std::size_t kDraws = 300;
  std::size_t broken = 0;
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    const std::uint64_t seed = SubSeed(3, draw);
    std::vector<double> learn, certify;
    std::vector<int> errors;
    for (std::size_t i = 0; i < 500; ++i) {
      learn.push_back(3 + 1.5 * NormalAt(seed, i));
      certify.push_back(3 + 1.5 * NormalAt(seed, 1000 + i));
      const double wrong = 2 / (1 + std::exp(certify.back()));  // over-confident by a factor of 2
      errors.push_back(UniformAt(seed, 10000 + i) < wrong ? 1 : 0);
    }
    const RiskSearch search = SearchThreshold(
        {.learn_logits = learn, .certify_logits = certify, .certify_errors = errors, .rows_b = 500},
        0.05, 0.05);
    if (!search.threshold) continue;
    double mass = 0;
    double risk = 0;
    for (double z = -5; z < 5; z += 0.01) {
      const double logit = 3 + 1.5 * z;
      if (logit < *search.threshold) continue;
      mass += std::exp(-z * z / 2);
      risk += std::exp(-z * z / 2) * 2 / (1 + std::exp(logit));
    }
    if (risk / mass > 0.05) ++broken;
  }
  EXPECT_LE(broken, kDraws / 20);
}

}  // namespace
}  // namespace credence::fitting
