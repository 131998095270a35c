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
  EXPECT_EQ(ShapeOf({784}, Contract(3)), "28x28x1");
  EXPECT_EQ(ShapeOf({5, 7, 3}), "5x7x3");
  EXPECT_EQ(ShapeOf({1, 7, 4}), "1x7x4");
  EXPECT_EQ(ShapeOf({1, 50}), "1x50x1");
  EXPECT_EQ(ShapeOf({100}), "10x10x1");
}

// The message of what an array of zeros of that shape gets.
std::string Refusal(const std::vector<int>& shape,
                    const image::InputContract& contract = Contract()) {
  std::size_t n = 1;
  for (const int side : shape) n *= static_cast<std::size_t>(side);
  const auto made = Convert({shape, std::vector<float>(n, 0)}, contract);
  return made ? "" : made.error().message;
}

TEST(ReadNumbers, TakesAPictureInAnotherShapeOnlyWhenAsked) {
  const std::vector<std::vector<int>> shapes = {{784, 1},    {56, 14},    {14, 56},     {392, 2},
                                                {1, 784, 1}, {784, 1, 1}, {28, 1, 28},  {2, 14, 28},
                                                {1, 56, 14}, {56, 14, 1}, {7, 4, 28, 1}};
  for (const int channels : {1, 3}) {
    for (const auto& shape : shapes) {
      EXPECT_THAT(Refusal(shape, Contract(channels)),
                  HasSubstr("expected numbers of shape 28x28x1, got "));
      Numbers numbers{shape, std::vector<float>(784, 0), true};
      numbers.values[30] = 200;
      numbers.values[31] = 100;
      const auto taken = Convert(numbers, Contract(channels));
      ASSERT_TRUE(taken);
      EXPECT_TRUE(taken->reshaped);
      EXPECT_EQ(taken->pixels.width, 28);
      EXPECT_EQ(taken->pixels.channels, 1);
      EXPECT_EQ(taken->pixels.data[28 + 2], 200);
      EXPECT_EQ(taken->pixels.data[28 + 3], 100);
    }
  }
  Numbers rgb{{784, 3}, std::vector<float>(2352, 9), true};
  EXPECT_EQ(Convert(rgb, Contract(3))->pixels.channels, 3);
  EXPECT_THAT(Refusal({784, 3}, Contract(3)), HasSubstr("28x28x3, got 784x3"));
}

TEST(ReadNumbers, APictureIsNotReshaped) {
  for (const std::vector<int>& shape : std::vector<std::vector<int>>{
           {28, 28}, {784}, {1, 784}, {14, 14, 4}, {56, 15}, {30, 20, 3}}) {
    std::size_t n = 1;
    for (const int side : shape) n *= static_cast<std::size_t>(side);
    const auto taken = Convert({shape, std::vector<float>(n, 0), true});
    ASSERT_TRUE(taken);
    EXPECT_FALSE(taken->reshaped);
  }
  EXPECT_EQ(ShapeOf({14, 14, 4}), "14x14x4");
}

TEST(ReadNumbers, SeveralPicturesAreToldSo) {
  const std::vector<std::vector<int>> batches = {{5, 784},       {5, 28, 28},    {5, 28, 28, 1},
                                                 {1, 5, 28, 28}, {5, 1, 28, 28}, {600, 784}};
  for (const auto& shape : batches) {
    for (const int channels : {1, 3}) {
      EXPECT_THAT(Refusal(shape, Contract(channels)),
                  HasSubstr((shape[0] == 600 ? "600" : "5") + std::string(" pictures, 28x28x")));
      std::size_t n = 1;
      for (const int side : shape) n *= static_cast<std::size_t>(side);
      EXPECT_FALSE(Convert({shape, std::vector<float>(n, 0), true}, Contract(channels)));
    }
  }
  EXPECT_THAT(Refusal({2, 28, 28, 3}, Contract(3)), HasSubstr("are 2 pictures"));
  EXPECT_THAT(Refusal({2, 3, 28, 28}, Contract(3)), HasSubstr("are 2 pictures"));
  EXPECT_THAT(Refusal({2, 2352}, Contract(3)), HasSubstr("are 2 pictures"));
  EXPECT_THAT(Refusal({600, 784}), HasSubstr("is to be sent as 600x784x1"));
  EXPECT_EQ(ShapeOf({600, 784, 1}), "600x784x1");
  EXPECT_EQ(ShapeOf({784, 784}), "784x784x1");
}

TEST(ReadNumbers, ChannelsComeLast) {
  EXPECT_THAT(Refusal({3, 28, 28}, Contract(3)), HasSubstr("channels first; 28x28x3 is expected"));
  EXPECT_FALSE(Convert({{3, 28, 28}, std::vector<float>(2352, 0), true}, Contract(3)));
}

TEST(ReadNumbers, RefusesOtherShapes) {
  EXPECT_EQ(ShapeOf({5, 7, 2}), "");
  EXPECT_EQ(ShapeOf({785}), "");
  EXPECT_THAT(Refusal({2, 27, 28, 1}), HasSubstr("numbers of shape 2x27x28x1 are no picture"));
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
