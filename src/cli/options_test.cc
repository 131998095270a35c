#include "cli/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::cli {
namespace {

TEST(ModelFlags, BecomeLoadOptions) {
  ModelFlags flags;
  flags.input_range = "0..255";
  flags.framing = "object";
  flags.background = "black";
  flags.pixels_max = 1000;
  const auto options = ToLoadOptions(flags);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->overrides.range->name, "0..255");
  EXPECT_EQ(*options->overrides.framing, image::Framing::kObject);
  EXPECT_EQ(*options->overrides.background, 0);
  EXPECT_EQ(options->decode_limits.pixels_max, 1000);
}

TEST(ModelFlags, AWrongValueIsNamed) {
  ModelFlags flags;
  flags.framing = "square";
  EXPECT_EQ(ToLoadOptions(flags).error().message,
            "framing \"square\" is not known; use whole or object");
}

TEST(ChooseVersion, SaysWhatIsNotThere) {
  EXPECT_THAT(ChooseVersion("/nowhere", "").error().message,
              testing::HasSubstr("there is no /nowhere"));
}

}  // namespace
}  // namespace credence::cli
