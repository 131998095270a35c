#include "train/batch.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>

#include "train/train_test_data.h"

namespace credence::train {
namespace {

constexpr std::array<std::int64_t, 3> kRows = {7, 2, 4};

TEST(MakeBatch, ScalesLevelsAndKeepsTheOrderOfRows) {
  const Examples examples = Halves(9);
  const Batch batch = MakeBatch(examples, kRows);
  EXPECT_EQ(batch.pictures.sizes(), (at::IntArrayRef{3, 1, 8, 8}));
  EXPECT_EQ(batch.labels[0].item<std::int64_t>(), examples.labels[7]);
  const float level = batch.pictures[1][0][3][5].item<float>();
  EXPECT_FLOAT_EQ(level, static_cast<float>(examples.levels[2 * 64 + 3 * 8 + 5]) / 255);
}

TEST(MakeBatch, VariesARowByEpochAndSeedWhateverItsBatch) {
  const Examples examples = Halves(9);
  Variation variation{.augmentation = {.rotate_deg = 20, .shift_px = 2}, .seed = 5, .epoch = 3};
  const auto row4 = [&](std::span<const std::int64_t> rows, std::int64_t at) {
    return MakeBatch(examples, rows, variation).pictures[at];
  };
  const at::Tensor among_others = row4(kRows, 2);
  EXPECT_TRUE(among_others.equal(row4(std::array<std::int64_t, 1>{4}, 0)));
  variation.epoch = 4;
  EXPECT_FALSE(among_others.equal(row4(kRows, 2)));
  variation = {.augmentation = variation.augmentation, .seed = 6, .epoch = 3};
  EXPECT_FALSE(among_others.equal(row4(kRows, 2)));
}

}  // namespace
}  // namespace credence::train
