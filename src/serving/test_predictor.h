// A predictor over a fake model, for tests of the rooms above it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "model/fake/fake_model.h"
#include "predictor/load.h"

namespace credence::serving {

inline std::shared_ptr<predictor::Predictor> TestPredictor(const Clock& clock,
                                                           const std::string& name = "fake",
                                                           int version = 1) {
  predictor::LoadOptions options;
  options.lanes = 4;
  auto made = predictor::Assemble(name, version, model::MakeFake({}), std::nullopt, options, clock);
  EXPECT_TRUE(made) << made.error().message;
  return *std::move(made);
}

}  // namespace credence::serving
