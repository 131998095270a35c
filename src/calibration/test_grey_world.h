// A world of grey pictures that the fake model knows, to calibrate and evaluate in tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "calibration/calibrate.h"
#include "calibration/evaluate.h"
#include "data/test_files.h"
#include "model/fake/fake_model.h"

namespace credence::calibration {

inline constexpr int kClasses = 4;
inline constexpr std::int64_t kSide = 8;
inline constexpr std::int64_t kPixels = kSide * kSide;

inline model::FakeOptions SmallFake() {
  return {.input = {.name = "input", .height = kSide, .width = kSide, .channels = 1},
          .classes = kClasses};
}

// Grainy grey pictures whose brightness is the fake model's class, near its borders now and then.
class GreyWorld : public testing::Test {
 protected:
  // reversed: the brightest are class 0. Returns the images file.
  std::filesystem::path Write(std::string_view name, std::int64_t rows, bool reversed = false) {
    Random random(7, static_cast<std::uint64_t>(rows));
    std::vector<std::uint8_t> levels, labels;
    for (std::int64_t i = 0; i < rows; ++i) {
      const int k = static_cast<int>(i % kClasses);
      const double middle = 255.0 * k / (kClasses - 1) + 56 * (random.Uniform() - 0.5);
      for (std::int64_t j = 0; j < kPixels; ++j) {
        levels.push_back(static_cast<std::uint8_t>(
            std::clamp(middle + 40 * (random.Uniform() - 0.5), 0.0, 255.0)));
      }
      labels.push_back(static_cast<std::uint8_t>(reversed ? kClasses - 1 - k : k));
    }
    return WriteSet(name, levels, labels);
  }
  std::filesystem::path WriteSet(std::string_view name, const std::vector<std::uint8_t>& levels,
                                 const std::vector<std::uint8_t>& labels) {
    const std::string folder(name);
    std::filesystem::create_directories(folder_ / folder);
    folder_.WriteIdx(folder + "/images.idx3", {std::ssize(labels), kSide, kSide}, levels);
    folder_.WriteIdx(folder + "/labels.idx1", {std::ssize(labels)}, labels);
    return folder_ / folder;
  }
  static data::Dataset Open(const std::filesystem::path& path) {
    auto dataset = data::Open(path, {});
    EXPECT_TRUE(dataset) << dataset.error().message;
    return *std::move(dataset);
  }
  Result<Calibration> Run(const std::filesystem::path& path, const model::FakeOptions& fake,
                          const CalibrateOptions& options = {}) {
    return Calibrate(model::MakeFake(fake), Open(path), options);
  }
  static Result<Evaluation> Measure(const Calibration& done, const data::Dataset& labelled,
                                    const std::vector<data::Dataset>& foreign,
                                    const predictor::LoadOptions& options = {}) {
    const SystemClock clock;
    predictor::Kept kept;
    kept.profile = done.profile;
    const auto version = predictor::Assemble({.name = "grey"}, model::MakeFake(SmallFake()),
                                             std::move(kept), options, clock);
    if (!version) return version.error();
    return Evaluate({.version = *version, .labelled = labelled, .foreign = foreign});
  }

  data::TestFolder folder_;
};

}  // namespace credence::calibration
