#include "data/augment.h"

#include <gtest/gtest.h>

#include <numeric>

namespace credence::data {
namespace {

constexpr AugmentOptions kNothing = {.rotate_deg = 0, .scale_share = 0, .shift_px = 0, .shear = 0};

// A bright 3x3 block in the middle of 9x9.
image::Pixels Block() {
  image::Pixels picture{9, 9, 1, std::vector<std::uint8_t>(81)};
  for (int y = 3; y < 6; ++y) {
    for (int x = 3; x < 6; ++x) picture.row(y)[x] = 200;
  }
  return picture;
}

int Mass(const image::Pixels& picture) {
  return std::accumulate(picture.data.begin(), picture.data.end(), 0);
}

TEST(Augment, WithoutAmountsChangesNothing) {
  image::Pixels out;
  Random random(1);
  Augment(Block(), kNothing, random, out);
  EXPECT_EQ(out, Block());
}

TEST(Augment, IsFixedByTheSeed) {
  AugmentOptions options;
  options.elastic_px = 1;
  options.thickness_px = 1;
  image::Pixels a, b, c;
  Random first(1), again(1), other(2);
  Augment(Block(), options, first, a);
  Augment(Block(), options, again, b);
  Augment(Block(), options, other, c);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
}

TEST(Augment, ShiftKeepsTheInkAndStaysWithinItsAmount) {
  AugmentOptions options = kNothing;
  options.shift_px = 2;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    image::Pixels out;
    Augment(Block(), options, random, out);
    EXPECT_NEAR(Mass(out), Mass(Block()), 16) << seed;
    double x_sum = 0;
    for (int y = 0; y < 9; ++y) {
      for (int x = 0; x < 9; ++x) x_sum += x * out.row(y)[x];
    }
    EXPECT_LE(std::abs(x_sum / Mass(out) - 4), 2.05) << seed;
  }
}

TEST(Augment, RotationByNinetyDegreesTurnsABar) {
  image::Pixels bar{9, 9, 1, std::vector<std::uint8_t>(81)};
  for (int y = 1; y < 8; ++y) bar.row(y)[4] = 200;
  AugmentOptions options = kNothing;
  options.rotate_deg = 90;
  double steepest = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    image::Pixels out;
    Augment(bar, options, random, out);
    EXPECT_GT(out.row(4)[4], 150);  // the middle stays
    steepest = std::max<double>(steepest, out.row(4)[1]);
  }
  EXPECT_GT(steepest, 150);  // some turn brings the bar's end to the side
}

TEST(Augment, ThicknessGrowsAndShrinksStrokes) {
  AugmentOptions options = kNothing;
  options.thickness_px = 1;
  int thinnest = 1 << 20, thickest = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    image::Pixels out;
    Augment(Block(), options, random, out);
    thinnest = std::min(thinnest, Mass(out));
    thickest = std::max(thickest, Mass(out));
  }
  EXPECT_LT(thinnest, 1000);  // towards 1 of 9 pixels: 200
  EXPECT_GT(thickest, 3500);  // towards 21 pixels: 4200
}

TEST(Augment, FillsWithTheBackgroundAndKeepsChannels) {
  image::Pixels white{3, 3, 3, std::vector<std::uint8_t>(27, 255)};
  AugmentOptions options = kNothing;
  options.shift_px = 3;
  options.background = 255;
  Random random(4);
  image::Pixels out;
  Augment(white, options, random, out);
  EXPECT_EQ(out, white);
}

}  // namespace
}  // namespace credence::data
