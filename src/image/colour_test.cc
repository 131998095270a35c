#include "image/colour.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::image {
namespace {

using ::testing::ElementsAre;

TEST(ChooseBackdrop, PutsDarkInkOnWhite) {
  EXPECT_EQ(ChooseBackdrop({2, 1, 2, {0, 255, 255, 0}}), Backdrop::kWhite);
}

TEST(ChooseBackdrop, PutsLightInkOnBlack) {
  EXPECT_EQ(ChooseBackdrop({2, 1, 2, {128, 255, 0, 0}}), Backdrop::kBlack);
}

TEST(ChooseBackdrop, IgnoresTheColourOfTransparentPixels) {
  EXPECT_EQ(ChooseBackdrop({2, 1, 4, {10, 10, 10, 9, 255, 255, 255, 0}}), Backdrop::kWhite);
}

TEST(ChooseBackdrop, NeedsNoneWhenAllIsOpaque) {
  EXPECT_EQ(ChooseBackdrop({1, 1, 4, {255, 255, 255, 255}}), Backdrop::kNone);
}

TEST(ChooseBackdrop, IsWhiteWhenAllIsTransparent) {
  EXPECT_EQ(ChooseBackdrop({1, 1, 2, {255, 0}}), Backdrop::kWhite);
}

TEST(ColourView, CompositesGreyWithRounding) {
  const Pixels pixels = {3, 1, 2, {0, 255, 0, 0, 100, 128}};
  std::vector<std::uint8_t> buffer;
  const std::uint8_t* row = ColourView(pixels, 1).Row(0, buffer);
  EXPECT_THAT(std::vector<int>(row, row + 3), ElementsAre(0, 255, 177));
}

TEST(ColourView, ReadsOpaqueGreyInPlace) {
  const Pixels pixels = {1, 1, 1, {42}};
  std::vector<std::uint8_t> buffer;
  EXPECT_EQ(ColourView(pixels, 3).Row(0, buffer), pixels.data.data());
}

TEST(CopyChannels, RepeatsEachLevel) {
  Pixels out;
  CopyChannels({2, 1, 1, {1, 2}}, 3, out);
  EXPECT_THAT(out.data, ElementsAre(1, 1, 1, 2, 2, 2));
}

}  // namespace
}  // namespace credence::image
