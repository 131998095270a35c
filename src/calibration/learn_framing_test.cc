#include "calibration/learn_framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "data/digits.h"
#include "data/test_files.h"

namespace credence::calibration {
namespace {

TEST(LearnFraming, CentredDigitsOnBlackAreObjects) {
  const data::TestFolder folder;
  ASSERT_TRUE(data::WriteDigitIdx(folder.path(), {.train_rows = 0, .test_rows = 300}));
  const auto dataset = data::Open(folder.path(), {});
  ASSERT_TRUE(dataset) << dataset.error().message;
  const auto learned = LearnFraming(*dataset, 1, {});
  ASSERT_TRUE(learned);
  EXPECT_EQ(learned->background, 0);
  EXPECT_EQ(learned->framing, image::Framing::kObject);
  EXPECT_EQ(learned->object.centring, image::Centring::kMass);
  EXPECT_NEAR(learned->object.longest_side_share, 20.0 / 28, 0.05);
}

// Of pictures that are all of 20 x 20 px with a bar of 2 x 12 px somewhere near the middle.
class Bars : public testing::Test {
 protected:
  // Places in px: how far right of the middle each bar is.
  LearnedFraming Learn(const std::vector<int>& right) {
    std::vector<std::uint8_t> levels, labels;
    for (const int by : right) {
      const std::size_t first = levels.size();
      levels.resize(first + 400, 0);
      for (int y = 4; y < 16; ++y) {
        for (int x = 9 + by; x < 11 + by; ++x) {
          levels[first + static_cast<std::size_t>(20 * y + x)] = 255;
        }
      }
      labels.push_back(0);
    }
    folder_.WriteIdx("images.idx3", {std::ssize(labels), 20, 20}, levels);
    folder_.WriteIdx("labels.idx1", {std::ssize(labels)}, labels);
    const auto dataset = data::Open(folder_.path(), {});
    EXPECT_TRUE(dataset);
    const auto learned = LearnFraming(*dataset, 1, {});
    EXPECT_TRUE(learned);
    return learned ? *learned : LearnedFraming{};
  }
  data::TestFolder folder_;
};

TEST_F(Bars, TheirSpreadIsLearned) {
  std::vector<int> right;
  for (int i = 0; i < 200; ++i) right.push_back(i % 3 - 1);
  const LearnedFraming learned = Learn(right);
  ASSERT_EQ(learned.framing, image::Framing::kObject);
  ASSERT_TRUE(learned.object.spread);
  const image::ObjectSpread& spread = *learned.object.spread;
  // From -0.05 to 0.05, half of that more to each side, and half a pixel of 28.
  EXPECT_EQ(spread[image::kMassX], (image::Range{-0.12f, 0.12f}));
  EXPECT_EQ(spread[image::kBoxX], (image::Range{-0.12f, 0.12f}));
  EXPECT_EQ(spread[image::kMassY], (image::Range{-0.02f, 0.02f}));
  EXPECT_EQ(spread[image::kLongestSide], (image::Range{0.58f, 0.62f}));
}

TEST_F(Bars, OneThatLiesAstrayDoesNotWidenIt) {
  std::vector<int> right(200, 0);
  right[7] = 6;
  const LearnedFraming learned = Learn(right);
  ASSERT_TRUE(learned.object.spread);
  EXPECT_EQ((*learned.object.spread)[image::kMassX], (image::Range{-0.02f, 0.02f}));
}

}  // namespace
}  // namespace credence::calibration
