#include "data/augment.h"

#include <gtest/gtest.h>

#include <numeric>

namespace credence::data {
namespace {

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
  Augment(Block(), {}, random, out);
  EXPECT_EQ(out, Block());
}

TEST(Augment, IsFixedByTheSeed) {
  Augmentation by;
  by.elastic_px = 1;
  by.thickness_px = 1;
  image::Pixels a, b, c;
  Random first(1), again(1), other(2);
  Augment(Block(), by, first, a);
  Augment(Block(), by, again, b);
  Augment(Block(), by, other, c);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
}

TEST(Augment, ShiftKeepsTheInkAndStaysWithinItsAmount) {
  Augmentation by;
  by.shift_px = 2;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    image::Pixels out;
    Augment(Block(), by, random, out);
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
  Augmentation by;
  by.rotate_deg = 90;
  double steepest = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    image::Pixels out;
    Augment(bar, by, random, out);
    EXPECT_GT(out.row(4)[4], 150);  // the middle stays
    steepest = std::max<double>(steepest, out.row(4)[1]);
  }
  EXPECT_GT(steepest, 150);  // some turn brings the bar's end to the side
}

TEST(Augment, ThicknessGrowsAndShrinksStrokes) {
  Augmentation by;
  by.thickness_px = 1;
  int thinnest = 1 << 20, thickest = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    image::Pixels out;
    Augment(Block(), by, random, out);
    thinnest = std::min(thinnest, Mass(out));
    thickest = std::max(thickest, Mass(out));
  }
  EXPECT_LT(thinnest, 1000);  // towards 1 of 9 pixels: 200
  EXPECT_GT(thickest, 3500);  // towards 21 pixels: 4200
}

TEST(Augment, GammaDarkensAndLightensButKeepsTheEnds) {
  image::Pixels ramp{3, 1, 1, {0, 100, 255}};
  Augmentation by;
  by.gamma = 0.5;
  int darkest = 255, lightest = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    image::Pixels out;
    Augment(ramp, by, random, out);
    EXPECT_EQ(out.data[0], 0);
    EXPECT_EQ(out.data[2], 255);
    darkest = std::min<int>(darkest, out.data[1]);
    lightest = std::max<int>(lightest, out.data[1]);
  }
  EXPECT_NEAR(darkest, 55, 5);    // 255 (100 / 255)^exp(0.5)
  EXPECT_NEAR(lightest, 145, 5);  // 255 (100 / 255)^exp(-0.5)
}

TEST(Augment, RepeatsTheBorderAndKeepsChannels) {
  image::Pixels sky{3, 3, 3, {}};
  for (int i = 0; i < 9; ++i) sky.data.insert(sky.data.end(), {10, 120, 255});
  Augmentation by;
  by.shift_px = 3;
  by.rotate_deg = 45;
  by.elastic_px = 2;
  Random random(4);
  image::Pixels out;
  Augment(sky, by, random, out);
  EXPECT_EQ(out, sky);
}

}  // namespace
}  // namespace credence::data
