#include "train/recipe.h"

#include <gtest/gtest.h>

namespace credence::train {
namespace {

NetSpec Plan(const char* recipe, Shape input, int classes = 10) {
  auto spec = PlanNet(*RecipeNamed(recipe), input, classes);
  EXPECT_TRUE(spec) << spec.error().message;
  return spec ? *spec : NetSpec{};
}

TEST(Recipe, Baseline_IsThePlainNetworkOf93322Parameters) {
  const NetSpec spec = Plan("baseline", {28, 28, 1});
  EXPECT_EQ(Describe(spec),
            "conv 32 3x3, pool, conv 64 3x3, pool, conv 64 3x3, dense 64, dense 10");
  EXPECT_EQ(CountParameters(spec), 93'322);
}

TEST(Recipe, Baseline_TrainsAsTheIssueSays) {
  const auto recipe = RecipeNamed("baseline");
  EXPECT_EQ(recipe->optimiser, Optimiser::kAdam);
  EXPECT_EQ(LearningRate(*recipe, 7, 100), 1e-3);
  EXPECT_EQ(recipe->batch, 32);
  EXPECT_EQ(recipe->epochs, 10);
  EXPECT_FALSE(recipe->augmentation.any());
}

TEST(Recipe, Default_StaysBelow400000ParametersAtEverySide) {
  for (int side = 4; side <= 128; ++side) {
    const NetSpec spec = Plan("default", {side, side, 3});
    EXPECT_LT(CountParameters(spec), 400'000) << side;
  }
}

TEST(Recipe, RefusesAnUnknownNameAndListsTheKnown) {
  const auto recipe = RecipeNamed("best");
  ASSERT_FALSE(recipe);
  EXPECT_EQ(recipe.error().message, "recipe \"best\" is not known; use default or baseline");
}

TEST(Recipe, RefusesPicturesOutsideItsSides) {
  EXPECT_EQ(PlanNet(*RecipeNamed("default"), {3, 28, 1}, 10).error().message,
            "pictures of 28x3 px; sides of 4..128 px can be trained");
  EXPECT_FALSE(PlanNet(*RecipeNamed("default"), {129, 129, 1}, 10));
}

TEST(Recipe, RefusesOneClass) {
  EXPECT_EQ(PlanNet(*RecipeNamed("default"), {28, 28, 1}, 1).error().message,
            "there are 1 classes; 2..1000 can be trained");
}

TEST(LearningRate, OneCycleRisesToItsPeakAndFallsToNearlyNothing) {
  const Recipe recipe = *RecipeNamed("default");
  EXPECT_DOUBLE_EQ(LearningRate(recipe, 0, 1000), 4e-3 / 25);
  EXPECT_DOUBLE_EQ(LearningRate(recipe, 300, 1000), 4e-3);
  EXPECT_LT(LearningRate(recipe, 999, 1000), 4e-3 / 5000);
}

TEST(NetSpec, RefusesAKernelLargerThanItsMap) {
  const NetSpec spec{.input = {4, 4, 1}, .layers = {Conv{.filters = 8, .kernel = 5}}, .classes = 2};
  EXPECT_EQ(Shapes(spec).error().message,
            "layer \"conv 8 5x5\" meets a map of 4x4 px; the kernel is larger");
}

}  // namespace
}  // namespace credence::train
