#include "base/ascii.h"

#include <gtest/gtest.h>

namespace credence {
namespace {

TEST(EqualsIgnoringCase, ComparesLettersOnly) {
  EXPECT_TRUE(EqualsIgnoringCase("Content-Type", "content-TYPE"));
  EXPECT_FALSE(EqualsIgnoringCase("a", "ab"));
  EXPECT_FALSE(EqualsIgnoringCase("[", "{"));        // 32 apart, like a letter and its capital
  EXPECT_FALSE(EqualsIgnoringCase("\xC4", "\xE4"));  // letters in Latin-1
}

TEST(StartsWithIgnoringCase, TakesTheWholePrefix) {
  EXPECT_TRUE(StartsWithIgnoringCase("Bearer abc", "bearer "));
  EXPECT_FALSE(StartsWithIgnoringCase("Bear", "bearer "));
}

TEST(Trimmed, TakesWhatIsAtTheEndsAlone) {
  EXPECT_EQ(Trimmed(" \ta b\t "), "a b");
  EXPECT_EQ(Trimmed("\t \t"), "");
  EXPECT_EQ(Trimmed(""), "");
  EXPECT_EQ(Trimmed("a\n"), "a\n");
  EXPECT_EQ(Trimmed("\"a'b\"", "\"'"), "a'b");
}

}  // namespace
}  // namespace credence
