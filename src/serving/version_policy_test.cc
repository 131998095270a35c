#include "serving/version_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::serving {
namespace {

using testing::ElementsAre;

TEST(VersionPolicy, IsReadFromText) {
  EXPECT_EQ(ParseVersionPolicy("latest")->count, 1);
  EXPECT_EQ(ParseVersionPolicy("latest:3")->count, 3);
  EXPECT_EQ(ParseVersionPolicy("all")->kind, VersionPolicy::Kind::kAll);
  EXPECT_THAT(ParseVersionPolicy("3,9223372036854775807")->versions, ElementsAre(3, INT64_MAX));
  for (const char* text : {"", "latest:0", "newest", "3,", "3,x", "9223372036854775808"})
    EXPECT_FALSE(ParseVersionPolicy(text)) << text;
}

}  // namespace
}  // namespace credence::serving
