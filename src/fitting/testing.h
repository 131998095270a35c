// Synthetic calibration data, for tests only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fitting/fit.h"

namespace credence::fitting {

struct WorldOptions {
  std::uint64_t seed = 1;
  std::size_t rows = 400;
  std::size_t classes = 3;
  std::size_t feature_size = 4;  // 0: no feature side
  reliability::PictureShape shape{.height = 8, .width = 8, .channels = 1};
  std::size_t missing_class = 1000;  // a class that no row has
};

// Pictures with a bright bar where the class says so, noise of different strength a row, and a
// linear "model" that reads the bars. Rows are exchangeable.
struct World {
  WorldOptions options;
  std::vector<std::uint8_t> pictures;
  std::vector<std::int32_t> labels;
  ModelOutputs outputs;

  CalibrationRows rows() const;
  // The model: class scores and features of each picture.
  ModelOutputs Run(std::span<const std::uint8_t> batch, std::size_t count) const;
  RunModel run_model() const;
};

World MakeWorld(const WorldOptions& options);

// Fitted on MakeWorld({}); valid.
reliability::Profile FittedProfile();

}  // namespace credence::fitting
