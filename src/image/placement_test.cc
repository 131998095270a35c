#include "image/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace credence::image {
namespace {

// A bar of 4 x 10 px on a picture of 20 x 20.
Pixels Bar(int left, int top) {
  Pixels grey;
  grey.Reshape(20, 20, 1);
  grey.data.assign(grey.size(), 0);
  for (int y = top; y < top + 10; ++y) {
    for (int x = left; x < left + 4; ++x) grey.row(y)[x] = 255;
  }
  return grey;
}

TEST(PlacementOf, GivesSharesOfTheSide) {
  EXPECT_THAT(PlacementOf(Bar(8, 5), 0),
              testing::Pointwise(testing::FloatNear(1e-6f), {0.5f, 0.f, 0.f, 0.f, 0.f}));
  EXPECT_THAT(PlacementOf(Bar(12, 3), 0),
              testing::Pointwise(testing::FloatNear(1e-6f), {0.5f, 0.2f, -0.1f, 0.2f, -0.1f}));
}

TEST(PlacementOf, IsNothingForAConstantPicture) {
  Pixels grey = Bar(8, 5);
  grey.data.assign(grey.size(), 9);
  EXPECT_EQ(PlacementOf(grey, 9), Placement{});
}

TEST(IsWithin, HoldsEachMeasureAgainstItsRange) {
  ObjectSpread spread;
  spread.fill({-0.15f, 0.15f});
  spread[kLongestSide] = {0.4f, 0.6f};
  EXPECT_TRUE(IsWithin(spread, PlacementOf(Bar(8, 5), 0)));
  EXPECT_TRUE(IsWithin(spread, PlacementOf(Bar(10, 3), 0)));
  EXPECT_FALSE(IsWithin(spread, PlacementOf(Bar(12, 5), 0)));
  EXPECT_FALSE(IsWithin(spread, PlacementOf(Bar(8, 1), 0)));
  spread[kLongestSide] = {0.6f, 0.7f};
  EXPECT_FALSE(IsWithin(spread, PlacementOf(Bar(8, 5), 0)));
}

}  // namespace
}  // namespace credence::image
