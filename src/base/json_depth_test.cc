#include "base/json_depth.h"

#include <gtest/gtest.h>

#include <string>

namespace credence {
namespace {

std::string Nested(std::size_t depth) {
  return std::string(depth, '[') + "1" + std::string(depth, ']');
}

TEST(IsTooDeep, CountsListsAndObjectsWithinEachOther) {
  EXPECT_FALSE(IsTooDeep(Nested(100)));
  EXPECT_TRUE(IsTooDeep(Nested(101)));
  std::string objects = "1";
  for (int i = 0; i < 101; ++i) objects = "{\"a\":" + objects + "}";
  EXPECT_TRUE(IsTooDeep(objects));
  EXPECT_TRUE(IsTooDeep(std::string(250'000, '[')));
}

TEST(IsTooDeep, ListsBesideEachOtherAreNotDeep) {
  std::string beside = "[";
  for (int i = 0; i < 1000; ++i) beside += "[[]],{},";
  EXPECT_FALSE(IsTooDeep(beside + "1]"));
}

TEST(IsTooDeep, BracketsInTextsDoNotCount) {
  const std::string brackets(1000, '[');
  EXPECT_FALSE(IsTooDeep("[\"" + brackets + "\", \"\\\"" + brackets + "\"]"));
  EXPECT_TRUE(IsTooDeep("[\"a\\\\\", " + brackets + "]"));
}

TEST(Shallow, IsTheTextOrNothing) {
  EXPECT_EQ(Shallow("[1]"), "[1]");
  EXPECT_EQ(Shallow(Nested(101)), "");
}

}  // namespace
}  // namespace credence
