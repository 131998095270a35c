#include "api/native/json_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::api::native {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

image::InputContract Contract(int channels = 1) {
  image::InputContract contract;
  contract.height = contract.width = 28;
  contract.channels = channels;
  return contract;
}

Result<predictor::Picture> Convert(const NumberArray& numbers,
                                   const image::InputContract& contract = Contract()) {
  predictor::Picture picture;
  if (auto done = ToPixels(numbers, contract, picture); !done) return done.error();
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

TEST(JsonImage, TakesTheNestingsThatClientsSend) {
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

TEST(JsonImage, RefusesOtherShapes) {
  EXPECT_EQ(ShapeOf({5, 7, 2}), "");
  EXPECT_EQ(ShapeOf({2, 28, 28, 1}), "");
  EXPECT_EQ(ShapeOf({785}), "");
  EXPECT_THAT(Convert({{2, 28, 28, 1}, std::vector<float>(2 * 784)}).error().message,
              HasSubstr("numbers of shape 2x28x28x1 are no picture"));
}

TEST(JsonImage, RecognisesUnitValuesAndReportsIt) {
  const auto unit = Convert({{1, 3, 1}, {0, 0.5f, 1}});
  ASSERT_TRUE(unit);
  EXPECT_THAT(unit->pixels.data, ElementsAre(0, 128, 255));
  EXPECT_EQ(unit->origin.text, "0..1");
  const auto levels = Convert({{1, 3, 1}, {0, 2, 254.6f}});
  EXPECT_THAT(levels->pixels.data, ElementsAre(0, 2, 255));
  EXPECT_EQ(levels->origin.text, "0..255");
}

TEST(JsonImage, NumbersInNoRangeAreKeptAsAMisfit) {
  EXPECT_FALSE(Convert({{1, 2, 1}, {0, 255}})->misfit);
  const auto none = Convert({{1, 2, 1}, {-1, 500}});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->misfit, (predictor::NumberSpan{-1, 500}));
  EXPECT_EQ(none->origin.text, "none");
  EXPECT_THAT(none->pixels.data, ElementsAre(0, 255));
}

TEST(JsonImage, RefusesRaggedAndEmptyArrays) {
  EXPECT_FALSE(Convert({{0}, {}}));
  EXPECT_FALSE(Convert({{2, 2}, {1, 2, 3}}));
}

TEST(Base64, DecodesWithBreaksAndDataUrls) {
  EXPECT_THAT(*DecodeBase64("aGk="), ElementsAre('h', 'i'));
  EXPECT_THAT(*DecodeBase64("data:image/png;base64,aGk="), ElementsAre('h', 'i'));
  EXPECT_THAT(*DecodeBase64("aG\nk=\n"), ElementsAre('h', 'i'));
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"", "aGk", "a===", "aG=k", "!!!!", "data:,x", "===="}) {
    EXPECT_FALSE(DecodeBase64(text)) << text;
  }
}

TEST(Base64, EncodesAsItDecodes) {
  const std::vector<std::uint8_t> bytes = {0, 255, 1, 254};
  std::string text = "x";
  EncodeBase64(bytes, text);
  EXPECT_EQ(text, "xAP8B/g==");
  EXPECT_EQ(*DecodeBase64("AP8B/g=="), bytes);
}

}  // namespace
}  // namespace credence::api::native
