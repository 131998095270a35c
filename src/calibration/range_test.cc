// Which value range a calibration takes: the one that was stated, or the one that it finds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/random.h"
#include "calibration/calibrate.h"
#include "calibration/test_grey_world.h"

namespace credence::calibration {
namespace {

TEST_F(GreyWorld, FindsTheRangeThatTheModelWants) {
  const auto done = Run(Write("a", 400), SmallFake());
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->profile.scaling.name, "0..1");
  EXPECT_FALSE(done->profile.scaling.inverted);
  EXPECT_EQ(done->profile.scaling_table.size(), 8u);
  EXPECT_FALSE(done->profile.stochastic);
}

// In order of their classes, as folders are: first 1,100 of the brightest, which 0..255 makes of
// every picture.
TEST_F(GreyWorld, FindsTheRangeWhateverTheOrderOfTheClasses) {
  std::vector<std::uint8_t> levels, labels;
  Random random(7);
  for (const auto& [label, rows] : {std::pair(3, 1100), std::pair(0, 300), std::pair(1, 300)}) {
    for (int i = 0; i < rows; ++i) {
      const double middle = 255.0 * label / (kClasses - 1);
      for (std::int64_t j = 0; j < kPixels; ++j) {
        levels.push_back(static_cast<std::uint8_t>(
            std::clamp(middle + 40 * (random.Uniform() - 0.5), 0.0, 255.0)));
      }
      labels.push_back(static_cast<std::uint8_t>(label));
    }
  }
  const auto done = Run(WriteSet("sorted", levels, labels), SmallFake());
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->profile.scaling.name, "0..1");
  EXPECT_GT(done->profile.card.accuracy.value, 0.9);
}

TEST_F(GreyWorld, FindsThatTheModelWantsItInverted) {
  const auto done = Run(Write("a", 400, true), SmallFake());
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->profile.scaling.inverted);
  EXPECT_TRUE(done->contract.range.inverted);
}

TEST_F(GreyWorld, TheUsersRangeIsNotQuestioned) {
  CalibrateOptions options;
  options.flags.range = *predictor::ParseRange("0..1");
  const auto done = Run(Write("a", 400), SmallFake(), options);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->range_from, RangeFrom::kFlag);
  EXPECT_EQ(done->profile.scaling_table.size(), 1u);
}

// The model clips what is over 1, so that with 0..2 the two brightest classes are one.
TEST_F(GreyWorld, TheVersionsRangeIsUsedWithAWarningWhereAnotherIsClearlyBetter) {
  CalibrateOptions options;
  const auto path = Write("a", 400);
  for (const auto& [range, doubtful] : {std::pair("0..1", false), std::pair("0..2", true)}) {
    options.version.range = *predictor::ParseRange(range);
    const auto done = Run(path, SmallFake(), options);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->range_from, RangeFrom::kVersion);
    EXPECT_EQ(done->contract.range.name, range);
    EXPECT_EQ(done->profile.scaling.name, range);
    EXPECT_EQ(done->profile.scaling_table.size(), 1u);
    const auto warns = testing::Contains(testing::HasSubstr(
        "states the range 0..2, which is used, but the model predicts these pictures better with "
        "0..1"));
    if (doubtful) {
      EXPECT_THAT(done->warnings, warns);
    } else {
      EXPECT_THAT(done->warnings, testing::Not(testing::Contains(testing::HasSubstr("range"))));
    }
  }
}

TEST_F(GreyWorld, TheFlagWinsOverTheVersionsRange) {
  CalibrateOptions options;
  options.version.range = *predictor::ParseRange("0..2");
  options.flags.range = *predictor::ParseRange("0..1");
  const auto done = Run(Write("a", 400), SmallFake(), options);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->range_from, RangeFrom::kFlag);
  EXPECT_EQ(done->profile.scaling.name, "0..1");
}

TEST_F(GreyWorld, ARangeOfTheVersionThatCannotBeIsRefusedWithTheOneThatCan) {
  CalibrateOptions options;
  options.version.range = *predictor::ParseRange("0..0.01");  // all is black to it
  const auto done = Run(Write("a", 400), SmallFake(), options);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(done.error().message,
              testing::HasSubstr("input.json states the range 0..0.01; with 0..1 the labels are "
                                 "predicted: take `range` out of input.json"));
}

}  // namespace
}  // namespace credence::calibration
