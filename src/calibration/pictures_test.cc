#include "calibration/pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "calibration/run_model.h"
#include "data/test_files.h"
#include "image/adapt.h"
#include "image/decode.h"
#include "model/fake/fake_model.h"

namespace credence::calibration {
namespace {

std::unique_ptr<model::Model> SmallFake() {
  return model::MakeFake(
      {.input = {.name = "input", .height = 8, .width = 8, .channels = 1}, .classes = 4});
}

// A dark square towards the corner of a light picture, wanted as a light object on black.
class CornerSquare : public testing::Test {
 protected:
  CornerSquare() {
    square_.Reshape(24, 24, 1);
    std::fill(square_.data.begin(), square_.data.end(), std::uint8_t{255});
    for (int i = 13; i < 22; ++i) {
      std::fill(square_.row(i) + 13, square_.row(i) + 22, std::uint8_t{0});
    }
  }
  // What the model sees of a request with the square.
  std::vector<std::uint8_t> AsRequested() const {
    image::AdaptScratch scratch;
    image::Adapted request;
    image::Decoded decoded;
    EXPECT_TRUE(image::Decode(image::EncodePng(square_), {}, decoded));
    image::Adapt(decoded, contract_, scratch, request);
    EXPECT_NE(request.canonical.data, square_.data);
    return request.canonical.data;
  }
  image::Pixels square_;  // dark on light: not what the contract has
  image::InputContract contract_ = {.height = 8,
                                    .width = 8,
                                    .channels = 1,
                                    .layout = image::Layout::kNhwc,
                                    .element = image::ElementType::kFloat32,
                                    .range = {},
                                    .framing = image::Framing::kObject,
                                    .fit = image::Fit::kStretch,
                                    .object = {},
                                    .background = 0};
  data::TestFolder folder_;
};

// Empty where it failed.
std::vector<std::uint8_t> Levels(const data::Dataset& dataset,
                                 const image::InputContract& contract) {
  const SystemClock clock;
  const auto pictures = ReadPictures(dataset, MakeTrial(SmallFake(), contract, {}, {}, clock), {});
  EXPECT_TRUE(pictures) << pictures.error().message;
  return pictures ? pictures->levels : std::vector<std::uint8_t>();
}

TEST_F(CornerSquare, AnArrayIsFramedAsARequestIs) {
  folder_.WriteIdx("images.idx3", {1, 24, 24}, square_.data);
  folder_.WriteIdx("labels.idx1", {1}, {0});
  const auto dataset = data::Open(folder_.path(), {});
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(Levels(*dataset, contract_), AsRequested());
}

TEST_F(CornerSquare, ABlankPictureIsLeftOut) {
  std::vector<std::uint8_t> levels(24 * 24, 200);
  levels.insert(levels.end(), square_.data.begin(), square_.data.end());
  folder_.WriteIdx("images.idx3", {2, 24, 24}, levels);
  folder_.WriteIdx("labels.idx1", {2}, {0, 1});
  const auto dataset = data::Open(folder_.path(), {});
  ASSERT_TRUE(dataset) << dataset.error().message;
  const SystemClock clock;
  const auto pictures =
      ReadPictures(*dataset, MakeTrial(SmallFake(), contract_, {}, {}, clock), {});
  ASSERT_TRUE(pictures) << pictures.error().message;
  EXPECT_EQ(pictures->blank, 1u);
  EXPECT_THAT(pictures->labels, testing::ElementsAre(1));
  EXPECT_EQ(pictures->levels, AsRequested());
}

TEST_F(CornerSquare, APictureOfTwoSquaresIsLeftOut) {
  std::vector<std::uint8_t> levels = square_.data;
  for (int y = 2; y < 11; ++y) {
    const auto row = levels.begin() + 24 * y;
    std::fill(row + 1, row + 10, std::uint8_t{0});
  }
  levels.insert(levels.end(), square_.data.begin(), square_.data.end());
  folder_.WriteIdx("images.idx3", {2, 24, 24}, levels);
  folder_.WriteIdx("labels.idx1", {2}, {0, 1});
  const auto dataset = data::Open(folder_.path(), {});
  ASSERT_TRUE(dataset) << dataset.error().message;
  const SystemClock clock;
  const auto pictures =
      ReadPictures(*dataset, MakeTrial(SmallFake(), contract_, {}, {}, clock), {});
  ASSERT_TRUE(pictures) << pictures.error().message;
  EXPECT_EQ(pictures->doubtful, 1u);
  EXPECT_THAT(pictures->labels, testing::ElementsAre(1));
}

TEST_F(CornerSquare, AsAFileIsFramedAsARequestIs) {
  const auto png = image::EncodePng(square_);
  const std::string_view bytes(reinterpret_cast<const char*>(png.data()), png.size());
  folder_.Write("0/a.png", bytes);
  folder_.Write("1/a.png", bytes);
  const auto dataset =
      data::Open(folder_.path(), {.decode = [](image::Bytes file, image::Decoded& out) {
                   return image::Decode(file, {}, out);
                 }});
  ASSERT_TRUE(dataset) << dataset.error().message;
  const std::vector<std::uint8_t> one = AsRequested();
  std::vector<std::uint8_t> two = one;
  two.insert(two.end(), one.begin(), one.end());
  EXPECT_EQ(Levels(*dataset, contract_), two);
}

}  // namespace
}  // namespace credence::calibration
