#include "data/group_by.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/test_folder.h"

namespace credence::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::int32_t> Group(std::string_view by, bool class_folders,
                                const std::vector<GroupedFile>& files) {
  const auto parsed = ParseGroupBy(by);
  EXPECT_TRUE(parsed.ok()) << by;
  const auto groups = GroupFiles(*parsed, class_folders, files);
  EXPECT_TRUE(groups.ok()) << groups.error().message;
  return *groups;
}

TEST(GroupBy, TheFolderThatTheFileLiesIn) {
  EXPECT_THAT(
      Group(
          "folder", true,
          {{"cat/tom/1.png", 0}, {"cat/tom/2.png", 0}, {"cat/kit/1.png", 0}, {"dog/tom/1.png", 1}}),
      ElementsAre(0, 0, 1, 2));
  EXPECT_THAT(Group("folder:2", false, {{"a/x/1.png", 0}, {"a/y/1.png", 1}, {"b/x/1.png", 0}}),
              ElementsAre(0, 0, 1));
}

TEST(GroupBy, TheFolderOfAClassIsNoGroup) {
  const std::vector<GroupedFile> files = {{"cat/1.png", 0}};
  const auto groups = GroupFiles(*ParseGroupBy("folder"), true, files);
  ASSERT_FALSE(groups.ok());
  EXPECT_THAT(groups.error().message, HasSubstr("that of its class is none"));
}

TEST(GroupBy, APrefixCountsWithinItsLabel) {
  const std::vector<GroupedFile> files = {{"3/00001_00000.png", 3},
                                          {"3/00001_00001.png", 3},
                                          {"3/00002-0.png", 3},
                                          {"4/00001_0.png", 4}};
  EXPECT_THAT(Group("prefix", true, files), ElementsAre(0, 0, 1, 2));
  EXPECT_THAT(Group("prefix:_", true, files), ElementsAre(0, 0, 1, 2));
}

TEST(GroupBy, AnExpressionIsMatchedAtTheNamesBeginning) {
  const std::vector<GroupedFile> files = {{"p12b.png", 0}, {"p12c.png", 0}, {"p7a.png", 0}};
  EXPECT_THAT(Group("prefix:p[0-9]+", false, files), ElementsAre(0, 0, 1));
  EXPECT_THAT(Group("prefix:p\\d*(.)", false, files), ElementsAre(0, 1, 2));
  const auto unmatched = GroupFiles(*ParseGroupBy("prefix:q[0-9]"), false, files);
  ASSERT_FALSE(unmatched.ok());
  EXPECT_THAT(unmatched.error().message, HasSubstr("p12b.png"));
}

TEST(GroupBy, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"name", "folder:", "folder:0", "folder:x", "prefix:", "prefix:[a"}) {
    EXPECT_FALSE(ParseGroupBy(text).ok()) << text;
  }
  EXPECT_EQ(ParseGroupBy("")->kind, GroupBy::Kind::kNone);
}

TEST(ReadGroups, HasALineForEachPicture) {
  const TestFolder folder;
  const auto file = folder.path() / "groups.txt";
  std::ofstream(file) << "ann\r\nbob\nann\n";
  EXPECT_THAT(*ReadGroups(file, 3), ElementsAre(0, 1, 0));
  EXPECT_THAT(ReadGroups(file, 4).error().message, HasSubstr("3 lines for 4 pictures"));
  std::ofstream(file) << "ann\n\nann\n";
  EXPECT_THAT(ReadGroups(file, 3).error().message, HasSubstr("line 2 is empty"));
  EXPECT_EQ(ReadGroups(folder.path() / "none", 3).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace credence::data
