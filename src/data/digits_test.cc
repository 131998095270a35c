#include "data/digits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/sha256.h"
#include "data/dataset.h"
#include "data/digest.h"
#include "data/test_files.h"

namespace credence::data {
namespace {

// Guards what seeds promise: golden data sets and demos are made with them. Computed by this
// program, in the debug and the optimised build alike.
TEST(Digits, AreTheSameOnEveryMachine) {
  Sha256 sha;
  image::Pixels pixels;
  for (int digit = 0; digit < 10; ++digit) {
    Random random(5, static_cast<std::uint64_t>(digit));
    DrawDigit(digit, {}, random, pixels);
    sha.Add(pixels.data);
  }
  EXPECT_EQ(ToHex(sha.Finish()),
            "5bc726467ae2ddbf7a43db6ca3db2450111fdd6981c6101ab7b93627eafd6111");
}

TEST(Digits, AreFramedAsMnistFramesThem) {
  image::Pixels pixels;
  for (int digit = 0; digit < 10; ++digit) {
    Random random(1, static_cast<std::uint64_t>(digit));
    DrawDigit(digit, {.side_px = 56}, random, pixels);
    ASSERT_EQ(pixels.width, 56);
    ASSERT_EQ(pixels.channels, 1);
    int left = 56, right = 0, top = 56, bottom = 0;
    double mass = 0, x_sum = 0, y_sum = 0;
    for (int y = 0; y < 56; ++y) {
      for (int x = 0; x < 56; ++x) {
        const int level = pixels.row(y)[x];
        mass += level, x_sum += level * x, y_sum += level * y;
        if (level < 128) continue;
        left = std::min(left, x), right = std::max(right, x);
        top = std::min(top, y), bottom = std::max(bottom, y);
      }
    }
    EXPECT_NEAR(std::max(right - left, bottom - top) + 1, 40, 2) << digit;
    EXPECT_NEAR(x_sum / mass, 27.5, 0.6) << digit;
    EXPECT_NEAR(y_sum / mass, 27.5, 0.6) << digit;
  }
}

TEST(Digits, OnPaperAreDarkOnLightColourOfMixedSizes) {
  image::Pixels pixels;
  Random random(3);
  DrawDigit(8, {.style = DigitStyle::kPaper, .side_px = 160}, random, pixels);
  EXPECT_EQ(pixels.channels, 3);
  EXPECT_EQ(std::max(pixels.width, pixels.height), 160);
  std::vector<std::uint8_t> levels = pixels.data;
  std::sort(levels.begin(), levels.end());
  EXPECT_GT(levels[levels.size() / 2], 110);  // most is paper
  EXPECT_LT(levels.front(), 90);              // some is ink
}

TEST(Digits, AnyRowCanBeDrawnByItself) {
  DigitSetOptions options;
  image::Pixels first, again, other;
  const int label = DrawRow(options, 0, 41, first);
  EXPECT_EQ(DrawRow(options, 0, 41, again), label);
  EXPECT_EQ(first, again);
  DrawRow(options, 1, 41, other);
  EXPECT_NE(first, other);
}

TEST(Digits, AreWrittenAsMnistLies) {
  const TestFolder folder;
  DigitSetOptions options{.train_rows = 30, .test_rows = 10, .seed = 4};
  std::int64_t last = 0;
  options.progress = [&](std::int64_t done, std::int64_t all) {
    EXPECT_EQ(all, 40);
    last = done;
    return true;
  };
  ASSERT_TRUE(WriteDigitIdx(folder / "digits", options));
  EXPECT_EQ(last, 40);
  const Result<Dataset> dataset = Open(folder / "digits", {.prefer = Prefer::kTest});
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->split(), "t10k");
  EXPECT_EQ(dataset->rows(), 10);
  image::Pixels pixels;
  Row row;
  ASSERT_TRUE(dataset->NewReader()->Read(9, row));
  EXPECT_EQ(row.label, DrawRow(options, 1, 9, pixels));
  EXPECT_EQ(row.picture.pixels, pixels);
}

TEST(Digits, AreWrittenAsClassFolders) {
  const TestFolder folder;
  const DigitSetOptions options{
      .train_rows = 30, .test_rows = 5, .digit = {DigitStyle::kPaper, 40}};
  const auto encode = [](const image::Pixels& pixels) {
    return std::vector<std::uint8_t>{static_cast<std::uint8_t>(pixels.width)};
  };
  ASSERT_TRUE(WriteDigitFolders(folder.path(), options, encode));
  EXPECT_THAT(*Splits(folder.path(), {}), testing::ElementsAre("t10k", "train"));
  OpenOptions open{.split = "train"};
  open.decode = [](image::Bytes file, image::Decoded& out) {
    out.pixels = {1, 1, 1, {file[0]}};
    return Result<void>();
  };
  const Result<Dataset> dataset = Open(folder.path(), open);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->rows(), 30);
  EXPECT_EQ(dataset->classes().size(), 10u);
}

TEST(Digits, RefusesCountsAndSizesOutOfRange) {
  const TestFolder folder;
  EXPECT_EQ(WriteDigitIdx(folder.path(), {.train_rows = 0, .test_rows = 0}).error().message,
            "no pictures to make; expected at least 1");
  EXPECT_EQ(WriteDigitIdx(folder.path(), {.digit = {.side_px = 7}}).error().message,
            "side is 7 px; expected 8 to 4096");
}

}  // namespace
}  // namespace credence::data
