#include "serving/requirement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::serving {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Requirement, AreReadWithAndWithoutBlanks) {
  const auto read = ParseRequirements("risk<=0.01, verdicts.reliable >= 0.9 ,x>=-1e-3");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(*read, ElementsAre(Requirement{"risk", Relation::kAtMost, 0.01},
                                 Requirement{"verdicts.reliable", Relation::kAtLeast, 0.9},
                                 Requirement{"x", Relation::kAtLeast, -0.001}));
}

TEST(Requirement, TextReadsBackAsTheSame) {
  const Requirement requirement = {"errors_difference", Relation::kAtMost, -0.0025};
  EXPECT_EQ(ToText(requirement), "errors_difference <= -0.0025");
  EXPECT_EQ(*ParseRequirement(ToText(requirement)), requirement);
}

TEST(Requirement, WhatIsNotOneIsNamed) {
  for (const char* text :
       {"", "risk", "risk<0.01", "risk=0.01", "<=0.01", " >=1", "risk<=", "risk<=x", "risk<=0.01x",
        "risk<=nan", "risk<=inf", "risk<=1e999", "risk<=0.1,", "risk=>0.1"}) {
    const auto read = ParseRequirements(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Code::kInvalidArgument) << text;
    EXPECT_THAT(read.error().message, HasSubstr("requirement \"")) << text;
  }
  EXPECT_THAT(ParseRequirement("risk<=0.01x").error().message, HasSubstr("\"0.01x\""));
}

TEST(Requirement, AreAtMostSixteen) {
  std::string text = "a<=1";
  for (std::size_t i = 1; i < kRequirementsMax; ++i) text += ",a<=1";
  EXPECT_TRUE(ParseRequirements(text));
  EXPECT_THAT(ParseRequirements(text + ",a<=1").error().message, HasSubstr("more than 16"));
}

TEST(Requirement, LimitsBelongToIt) {
  EXPECT_TRUE((Requirement{"a", Relation::kAtMost, 0.5}.holds(0.5)));
  EXPECT_FALSE((Requirement{"a", Relation::kAtMost, 0.5}.holds(0.51)));
  EXPECT_TRUE((Requirement{"a", Relation::kAtLeast, 0.5}.holds(0.5)));
  EXPECT_FALSE((Requirement{"a", Relation::kAtLeast, 0.5}.holds(0.49)));
}

}  // namespace
}  // namespace credence::serving
