#include "calibration/learn_framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace credence::calibration
