#include "data/csv_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::string_literals;

std::string Message(std::string_view text) {
  const Result<CsvList> list = ParseCsvList(text, "a.csv", 3);
  return list ? "no error" : list.error().message;
}

TEST(CsvList, FindsColumnsByNameAndPassesOverOthers) {
  const Result<CsvList> list = ParseCsvList(
      "\xEF\xBB\xBFwidth,label,file\r\n3,seven,a.png\r\n\r\n4,\"o,\"\"k\",\"b\nc.png\"", "a.csv",
      9);
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->columns.Text(), "files by 'file', labels by 'label'");
  ASSERT_EQ(list->rows.size(), 2u);
  EXPECT_EQ(list->rows[0].file, "a.png");
  EXPECT_EQ(list->rows[0].label, "seven");
  EXPECT_EQ(list->rows[0].line, 2);
  EXPECT_EQ(list->rows[1].file, "b\nc.png");
  EXPECT_EQ(list->rows[1].label, "o,\"k");
  EXPECT_EQ(list->rows[1].line, 4);
}

class UsualHeader : public testing::TestWithParam<const char*> {};

TEST_P(UsualHeader, IsUnderstood) {
  const Result<CsvList> list = ParseCsvList(std::string(GetParam()) + "\na.png,3\n", "a.csv", 9);
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->rows.size(), 1u);
  EXPECT_EQ(list->rows[0].file, "a.png");
  EXPECT_EQ(list->rows[0].label, "3");
  EXPECT_THAT(list->columns.notes, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Names, UsualHeader,
                         testing::Values("file,label", "File, Label", " FILENAME ,CLASS",
                                         "image,target", "path,class", "File Name,Class_ID",
                                         "image_path,label", "images,labels",
                                         "\"file\" ,\"label\""));

TEST(CsvList, TakesTheFirstOfSeveralColumnsAndSaysSo) {
  const Result<CsvList> list =
      ParseCsvList("path,file,class,label\nx/a.png,a.png,seven,7\n", "a.csv", 9);
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->rows[0].file, "a.png");
  EXPECT_EQ(list->rows[0].label, "7");
  EXPECT_THAT(list->columns.notes,
              ElementsAre("took column 'file', not 'path'", "took column 'label', not 'class'"));
}

TEST(CsvList, KeepsGroupsAndSplits) {
  const Result<CsvList> list =
      ParseCsvList("file;label;group;split\na.png;3;w1;train\n", "a.csv", 9);
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->rows[0].group, "w1");
  EXPECT_EQ(list->rows[0].split, "train");
  EXPECT_EQ(list->columns.Text(),
            "files by 'file', labels by 'label', groups by 'group', splits by 'split', separated "
            "by ';'");
}

TEST(CsvList, NamesLineAndExpectation) {
  EXPECT_THAT(Message(""), HasSubstr("a.csv: offset 0: the file is empty; expected a header"));
  EXPECT_EQ(Message("name;label\n"),
            "a.csv: line 1: no column of pictures in the header (file, filename, path, image; or "
            "pixels); its columns are: name, label");
  EXPECT_EQ(Message("file,file\n"), "a.csv: line 1: two columns 'file'");
  EXPECT_EQ(Message("file, File \n"), "a.csv: line 1: two columns 'file'");
  EXPECT_EQ(Message("file,label\nx.png\n"), "a.csv: line 2: 1 fields; the header has 2");
  EXPECT_EQ(Message("file,label\nx.png,3,4\n"), "a.csv: line 2: 3 fields; the header has 2");
  EXPECT_EQ(Message("file,label\nx.png,3,,\n"), "no error");
  EXPECT_EQ(Message("file,label\n,3\n"), "a.csv: line 2: the field 'file' is empty");
  EXPECT_EQ(Message("file,Label\nx.png,\n"), "a.csv: line 2: the field 'Label' is empty");
  EXPECT_EQ(Message("file,label\n\"x.png,3\n"),
            "a.csv: line 3, offset 20: the file ends within quotes");
  EXPECT_EQ(Message("file,label\nx\"y,3\n"),
            "a.csv: line 2, offset 12: a quote amid a field without quotes");
  EXPECT_THAT(Message("file,label\n\"x\"y,3\n"),
              HasSubstr("line 2, offset 14: text behind a closing quote"));
  EXPECT_THAT(Message("file,label\nx\0,3\n"s), HasSubstr("offset 12: a NUL byte"));
  EXPECT_EQ(Message("\xFF\xFE"
                    "f\0i\0"s),
            "a.csv: offset 0: UTF-16; save it as CSV in UTF-8");
  EXPECT_EQ(Message("file\na\nb\nc\nd\n"), "a.csv: line 5: more rows than the limit of 3");
}

TEST(CsvList, WithoutLabelsIsUnlabelled) {
  const Result<CsvList> list = ParseCsvList("file\nx.png\n", "a.csv", 9);
  ASSERT_TRUE(list);
  EXPECT_FALSE(list->columns.label);
}

// "NAME0,NAME1,…" from `first`.
std::string Numbered(const std::string& name, int first, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (i > 0 ? "," : "") + name + std::to_string(first + i);
  return text;
}

TEST(CsvPixels, AreColumnsSideBySideThatAreNumbered) {
  const auto text = [](const std::string& header) {
    const Result<CsvColumns> columns = FindColumns(header + "\n", "a.csv");
    return columns ? columns->Text() : columns.error().message;
  };
  EXPECT_EQ(text("label," + Numbered("pixel", 0, 784)),
            "28 x 28 x 1 pixels a line, labels by 'label'");
  EXPECT_EQ(text(Numbered("pixel_", 1, 16) + ",class"),
            "4 x 4 x 1 pixels a line, labels by 'class'");
  EXPECT_EQ(text(Numbered("", 0, 48)), "4 x 4 x 3 pixels a line, no labels");
  EXPECT_EQ(text("label," + Numbered("1x", 1, 4) + "," + Numbered("2x", 1, 4) + "," +
                 Numbered("3x", 1, 4) + "," + Numbered("4x", 1, 4)),
            "4 x 4 x 1 pixels a line, labels by 'label'");
}

TEST(CsvPixels, OfALineWithoutAHeaderFollowTheLabel) {
  std::string line = "7";
  for (int i = 0; i < 16; ++i) line += i % 2 == 0 ? ",0" : ",255";
  const Result<CsvColumns> columns = FindColumns(line + "\n", "a.csv");
  ASSERT_TRUE(columns);
  EXPECT_FALSE(columns->header);
  EXPECT_EQ(columns->side, 4);
  EXPECT_EQ(columns->first_pixel, 1u);
  EXPECT_EQ(columns->label, 0u);
  EXPECT_THAT(columns->notes, ElementsAre(HasSubstr("the first line is no header")));
}

TEST(CsvPixels, AreNotSeenInOtherNumberedColumns) {
  EXPECT_FALSE(FindColumns("label," + Numbered("score", 0, 15), "a.csv")->holds_pictures());
  EXPECT_FALSE(FindColumns("label," + Numbered("score", 0, 17), "a.csv")->holds_pictures());
}

}  // namespace
}  // namespace credence::data
