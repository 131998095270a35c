#include "predictor/number_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace credence::predictor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

image::InputContract Contract(int channels = 1) {
  image::InputContract contract;
  contract.height = contract.width = 28;
  contract.channels = channels;
  return contract;
}

Result<NumberPicture> Convert(const Numbers& numbers,
                              const image::InputContract& contract = Contract()) {
  NumberPicture picture;
  if (auto done = ReadNumbers(numbers, contract, picture); !done) return done.error();
  return picture;
}

// height x width x channels of what an array of zeros of that shape becomes; "" when refused.
std::string ShapeOf(const std::vector<int>& shape,
                    const image::InputContract& contract = Contract()) {
  std::size_t n = 1;
  for (const int side : shape) n *= static_cast<std::size_t>(side);
  const auto made = Convert({shape, std::vector<float>(n, 0)}, contract);
  if (!made) return "";
  return std::to_string(made->pixels.height) + "x" + std::to_string(made->pixels.width) + "x" +
         std::to_string(made->pixels.channels);
}

TEST(ReadNumbers, TakesTheNestingsThatClientsSend) {
  EXPECT_EQ(ShapeOf({28, 28}), "28x28x1");
  EXPECT_EQ(ShapeOf({28, 28, 1}), "28x28x1");
  EXPECT_EQ(ShapeOf({1, 28, 28}), "28x28x1");
  EXPECT_EQ(ShapeOf({1, 28, 28, 1}), "28x28x1");
  EXPECT_EQ(ShapeOf({784}), "28x28x1");
  EXPECT_EQ(ShapeOf({1, 784}), "28x28x1");
  EXPECT_EQ(ShapeOf({2352}, Contract(3)), "28x28x3");
  EXPECT_EQ(ShapeOf({5, 7, 3}), "5x7x3");
  EXPECT_EQ(ShapeOf({1, 7, 4}), "1x7x4");
  EXPECT_EQ(ShapeOf({1, 50}), "1x50x1");
  EXPECT_EQ(ShapeOf({100}), "10x10x1");
}

TEST(ReadNumbers, RefusesOtherShapes) {
  EXPECT_EQ(ShapeOf({5, 7, 2}), "");
  EXPECT_EQ(ShapeOf({2, 28, 28, 1}), "");
  EXPECT_EQ(ShapeOf({785}), "");
  EXPECT_THAT(Convert({{2, 28, 28, 1}, std::vector<float>(2 * 784)}).error().message,
              HasSubstr("numbers of shape 2x28x28x1 are no picture"));
}

TEST(ReadNumbers, RecognisesUnitValuesAndReportsIt) {
  const auto unit = Convert({{1, 3, 1}, {0, 0.5f, 1}});
  ASSERT_TRUE(unit);
  EXPECT_THAT(unit->pixels.data, ElementsAre(0, 128, 255));
  EXPECT_EQ(unit->origin.text, "0..1");
  const auto levels = Convert({{1, 3, 1}, {0, 2, 254.6f}});
  EXPECT_THAT(levels->pixels.data, ElementsAre(0, 2, 255));
  EXPECT_EQ(levels->origin.text, "0..255");
}

TEST(ReadNumbers, NumbersInNoRangeAreKeptAsAMisfit) {
  EXPECT_FALSE(Convert({{1, 2, 1}, {0, 255}})->misfit);
  const auto none = Convert({{1, 2, 1}, {-1, 500}});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->misfit, (NumberSpan{-1, 500}));
  EXPECT_EQ(none->origin.text, "none");
  EXPECT_THAT(none->pixels.data, ElementsAre(0, 255));
}

TEST(ReadNumbers, RefusesRaggedAndEmptyArrays) {
  EXPECT_FALSE(Convert({{0}, {}}));
  EXPECT_FALSE(Convert({{2, 2}, {1, 2, 3}}));
}

// The tensor that the model gets of these numbers; empty: made from the rounded picture.
std::vector<float> Exact(const Numbers& numbers, const image::InputContract& contract,
                         int canonical_change = 0) {
  NumberPicture picture;
  EXPECT_TRUE(ReadNumbers(numbers, contract, picture));
  image::Pixels canonical = picture.pixels;
  canonical.data[0] = static_cast<std::uint8_t>(canonical.data[0] + canonical_change);
  std::vector<std::byte> tensor;
  WriteExact(numbers, picture, contract, canonical, tensor);
  std::vector<float> floats(tensor.size() / sizeof(float));
  if (!tensor.empty()) std::memcpy(floats.data(), tensor.data(), tensor.size());
  return floats;
}

image::InputContract Small(int channels, image::Layout layout = image::Layout::kNhwc) {
  image::InputContract contract = Contract(channels);
  contract.height = 1;
  contract.width = 2;
  contract.layout = layout;
  return contract;
}

TEST(WriteExact, NumbersInTheModelsRangeArriveBitForBit) {
  EXPECT_THAT(Exact({{1, 2}, {0.1234567f, 0.9999999f}}, Small(1)),
              ElementsAre(0.1234567f, 0.9999999f));
}

TEST(WriteExact, NumbersOfAnotherRangeAreMappedWithoutRounding) {
  image::InputContract contract = Small(1);
  contract.range.name = "-1..1";
  contract.range.scale.fill(2.0f / 255);
  contract.range.offset.fill(-1);
  EXPECT_THAT(Exact({{1, 2}, {0.25f, 1}}, contract),
              ElementsAre(testing::FloatEq(-0.5f), testing::FloatEq(1)));
  EXPECT_THAT(Exact({{1, 2}, {-0.123f, 1}}, contract), ElementsAre(-0.123f, 1));
}

TEST(WriteExact, ChannelsFirstIsTransposed) {
  EXPECT_THAT(
      Exact({{1, 2, 3}, {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f}}, Small(3, image::Layout::kNchw)),
      ElementsAre(0.1f, 0.4f, 0.2f, 0.5f, 0.3f, 0.6f));
}

TEST(WriteExact, APictureThatWasChangedIsTakenFromItsPixels) {
  EXPECT_TRUE(Exact({{1, 2}, {0.5f, 1}}, Small(1), 1).empty());
  EXPECT_TRUE(Exact({{1, 2}, {-5, 1}}, Small(1)).empty());  // in no range
}

}  // namespace
}  // namespace credence::predictor
