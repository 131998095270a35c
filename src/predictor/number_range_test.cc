#include "predictor/number_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "predictor/version_files.h"

namespace credence::predictor {
namespace {

using testing::ElementsAre;

const image::ValueRange kUnit = {};

std::string_view Recognised(float low, float high, const std::string& own = "0..1") {
  return RangeName(RecogniseRange({low, high}, *ParseRange(own)));
}

TEST(RecogniseRange, KnowsUnitAndLevels) {
  EXPECT_EQ(Recognised(0, 1), "0..1");
  EXPECT_EQ(Recognised(0, 1.0000001f), "0..1");  // 255 * (1 / 255) in float32
  EXPECT_EQ(Recognised(0, 255), "0..255");
  EXPECT_EQ(Recognised(0, 0), "0..1");
  EXPECT_EQ(Recognised(1, 1), "0..1");
}

TEST(RecogniseRange, KnowsTheModelsOwnRange) {
  EXPECT_EQ(Recognised(-1, 1, "-1..1"), "model");
  EXPECT_EQ(Recognised(-0.4242f, 2.8215f, "-0.4242..2.8215"), "model");
  EXPECT_EQ(Recognised(0, 65535, "0..65535"), "model");
}

TEST(RecogniseRange, WhatFitsNoRangeIsNone) {
  EXPECT_EQ(Recognised(-1, 1), "none");
  EXPECT_EQ(Recognised(-0.4242f, 2.8215f), "none");
  EXPECT_EQ(Recognised(0, 256), "none");
  EXPECT_EQ(Recognised(0, 40000, "-1..1"), "none");
}

TEST(RecogniseRange, NumbersTooDarkForAPictureAreNone) {
  EXPECT_EQ(Recognised(0, 16), "none");  // 8x8 digits of 17 levels
  EXPECT_EQ(Recognised(0, 1.5f), "none");
  EXPECT_EQ(Recognised(0, 255.0f / 255 / 255), "none");  // divided twice
  EXPECT_EQ(Recognised(0, 17), "0..255");
  EXPECT_EQ(Recognised(0, 16, "0..16"), "model");
}

TEST(ToLevels, UndoesTheRangeAndClips) {
  image::Pixels pixels;
  pixels.Reshape(3, 1, 1);
  const std::vector<float> values = {-1, 0.25f, 1};
  ToLevels(values, NumberRange::kModel, *ParseRange("-1..1"), pixels);
  EXPECT_THAT(pixels.data, ElementsAre(0, 159, 255));
  ToLevels(values, NumberRange::kNone, kUnit, pixels);
  EXPECT_THAT(pixels.data, ElementsAre(0, 64, 255));
  image::ValueRange inverted;
  inverted.inverted = true;
  ToLevels(values, NumberRange::kModel, inverted, pixels);
  EXPECT_THAT(pixels.data, ElementsAre(255, 191, 0));
}

TEST(ToLevels, UndoesEachChannelsOwnRange) {
  image::ValueRange own;
  own.scale = {1, 2, 4};
  own.offset = {0, 10, 20};
  image::Pixels pixels;
  pixels.Reshape(1, 1, 3);
  ToLevels(std::vector<float>{100, 210, 420}, NumberRange::kModel, own, pixels);
  EXPECT_THAT(pixels.data, ElementsAre(100, 100, 100));
}

TEST(MisfitSentence, NamesWhatCameAndWhatIsTaken) {
  EXPECT_EQ(MisfitSentence({0, 40000}, kUnit),
            "The numbers sent go from 0 to 40000; this predictor takes 0..1 or 0..255.");
  EXPECT_EQ(
      MisfitSentence({-3, 16}, *ParseRange("-1..1")),
      "The numbers sent go from -3 to 16; this predictor takes 0..1, 0..255, or its own -1..1.");
}

TEST(ToLevels, ANumberThatIsNoneIsBlack) {
  image::Pixels out;
  out.Reshape(2, 1, 1);
  const std::vector<float> values = {std::nanf(""), std::numeric_limits<float>::infinity()};
  ToLevels(values, NumberRange::kNone, {}, out);
  EXPECT_EQ(out.data, (std::vector<std::uint8_t>{0, 255}));
}

}  // namespace
}  // namespace credence::predictor
