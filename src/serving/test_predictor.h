// A version over a fake model, for tests of the rooms above it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "model/fake/fake_model.h"
#include "predictor/load.h"
#include "serving/version.h"

namespace credence::serving {

inline predictor::Loaded TestLoaded(const Clock& clock, const std::string& name = "fake",
                                    std::int64_t number = 1, const model::FakeOptions& fake = {}) {
  predictor::LoadOptions options;
  options.lanes = {.io = 2, .compute = 2, .inline_cost_max = std::chrono::hours(1)};
  auto made = predictor::Assemble({.name = name, .version = number}, model::MakeFake(fake), {},
                                  options, clock);
  EXPECT_TRUE(made) << made.error().message;
  return *std::move(made);
}

// What a version needs around it.
struct TestWorld {
  SystemClock clock;
  Log log{LogFormat::kText, LogLevel::kError};
  metrics::Metrics metrics{"test", "fake"};

  // `run_cost`: as if it had been measured at load.
  VersionPtr MakeVersion(const std::string& name = "fake", std::int64_t number = 1,
                         std::chrono::nanoseconds run_cost = {},
                         const model::FakeOptions& fake = {}) {
    predictor::Loaded loaded = TestLoaded(clock, name, number, fake);
    loaded.run_cost = run_cost;
    return std::make_shared<const Version>(std::move(loaded), metrics, clock, log);
  }
};

}  // namespace credence::serving
