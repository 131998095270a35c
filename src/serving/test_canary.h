// Two versions to compare, for tests: the stable one calls a white picture "9", the canary "4", and
// both a black one "0".
#pragma once

#include <memory>

#include <nlohmann/json.hpp>

#include "serving/canary_run.h"
#include "serving/test_predictor.h"

namespace credence::serving {

struct TestPair {
  TestWorld world;
  VersionPtr stable = world.MakeVersion("fake", 2);
  VersionPtr canary = MakeCanary();

  VersionPtr MakeCanary() {
    predictor::LoadOptions options;
    options.lanes = {.io = 2, .compute = 2, .inline_cost_max = std::chrono::hours(1)};
    auto made = predictor::Assemble({.name = "fake", .version = 1}, model::MakeFake({.classes = 5}),
                                    {}, options, world.clock);
    EXPECT_TRUE(made) << made.error().message;
    return std::make_shared<const Version>(*std::move(made), world.metrics, world.clock, world.log);
  }
  CanarySubject Subject(const char* config) const {
    return {.predictor = "fake",
            .config = *ParseCanary(nlohmann::json::parse(config)),
            .stable = stable,
            .canary = canary};
  }
  CanaryRunPtr Run(const char* config) const {
    return std::make_shared<CanaryRun>(Subject(config), 2, 7, WallTime());
  }
};

}  // namespace credence::serving
