#include "cli/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Names = std::vector<std::string>;

class Match : public testing::Test {
 protected:
  Names Of(const Names& found, const OpenRequest& request) {
    note_.clear();
    const auto matched = MatchClasses(found, request, note_);
    EXPECT_TRUE(matched) << matched.error().message;
    return matched ? *matched : Names();
  }
  std::string note_;
};

TEST_F(Match, NamesAreMatchedWithTheModels) {
  const OpenRequest request = {.classes = {"dog", "cat"}, .class_count = 2};
  EXPECT_THAT(Of({"cat", "dog"}, request), ElementsAre("dog", "cat"));
  EXPECT_THAT(Of({"bird"}, request), ElementsAre("dog", "cat"));  // Open refuses it
  EXPECT_EQ(note_, "");
}

TEST_F(Match, NumbersAreNamesWhereTheModelsAreThose) {
  EXPECT_THAT(Of({"1", "2", "3"}, {.classes = {"1", "2", "3"}, .class_count = 3}),
              ElementsAre("1", "2", "3"));
  EXPECT_THAT(Of({"2", "10"}, {.classes = {"1", "10", "2"}, .class_count = 3}),
              ElementsAre("1", "10", "2"));
}

TEST_F(Match, NumbersBelowTheClassCountAreTheModelsClassNumbers) {
  EXPECT_THAT(Of({"1", "3"}, {.class_count = 4}), ElementsAre("0", "1", "2", "3"));
  EXPECT_EQ(note_, "");
  EXPECT_THAT(Of({"0", "1"}, {.classes = {"dog", "cat"}, .class_count = 2}), ElementsAre("0", "1"));
  EXPECT_THAT(note_, HasSubstr("0 is taken as dog"));
}

TEST_F(Match, AsManyNumbersAsClassesAreTakenInTheirOrderAndSaid) {
  EXPECT_THAT(Of({"1", "2", "3"}, {.class_count = 3}), ElementsAre("1", "2", "3"));
  EXPECT_THAT(note_, HasSubstr("1 to 3 are taken as the model's 0 to 2, in this order; --labels"));
}

TEST_F(Match, OtherNumbersAreRefused) {
  const auto matched = MatchClasses({"7", "900"}, {.class_count = 10}, note_);
  ASSERT_FALSE(matched);
  EXPECT_THAT(matched.error().message,
              HasSubstr("2 classes 7 to 900 are none of the model's 0 to 9"));
  EXPECT_THAT(matched.error().message, HasSubstr("--labels FILE"));
}

TEST_F(Match, WordsStayWhereTheModelsAreNotKnown) {
  EXPECT_THAT(Of({"cat", "dog"}, {.class_count = 2}), ElementsAre("cat", "dog"));
  EXPECT_THAT(note_,
              HasSubstr("classes cat to dog are taken as the model's 0 to 1, in this order"));
  EXPECT_THAT(Of({"cat", "dog"}, {.class_count = 3}), ElementsAre("cat", "dog"));
  EXPECT_THAT(
      note_,
      HasSubstr("0 to 1, in this order, and it has 3 classes: --labels FILE names them all"));
  EXPECT_THAT(Of({"5", "9"}, {}), ElementsAre("5", "9"));
}

}  // namespace
}  // namespace credence::cli
