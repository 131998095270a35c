#include "data/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::data {
namespace {

using testing::HasSubstr;
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
  EXPECT_TRUE(list->labelled);
  ASSERT_EQ(list->rows.size(), 2u);
  EXPECT_EQ(list->rows[0].file, "a.png");
  EXPECT_EQ(list->rows[0].label, "seven");
  EXPECT_EQ(list->rows[0].line, 2);
  EXPECT_EQ(list->rows[1].file, "b\nc.png");
  EXPECT_EQ(list->rows[1].label, "o,\"k");
  EXPECT_EQ(list->rows[1].line, 4);
}

TEST(CsvList, NamesLineAndExpectation) {
  EXPECT_THAT(Message(""), HasSubstr("a.csv: offset 0: the file is empty; expected a header"));
  EXPECT_EQ(Message("name;label\n"),
            "a.csv: line 1: no column 'file' in the header; its columns are: name;label");
  EXPECT_EQ(Message("file,file\n"), "a.csv: line 1: two columns 'file'");
  EXPECT_EQ(Message("file,label\nx.png\n"), "a.csv: line 2: 1 fields; the header has 2");
  EXPECT_EQ(Message("file,label\n,3\n"), "a.csv: line 2: the field 'file' is empty");
  EXPECT_EQ(Message("file,label\nx.png,\n"), "a.csv: line 2: the field 'label' is empty");
  EXPECT_EQ(Message("file,label\n\"x.png,3\n"),
            "a.csv: line 3, offset 20: the file ends within quotes");
  EXPECT_EQ(Message("file,label\nx\"y,3\n"),
            "a.csv: line 2, offset 12: a quote amid a field without quotes");
  EXPECT_THAT(Message("file,label\n\"x\"y,3\n"),
              HasSubstr("line 2, offset 14: text behind a closing quote"));
  EXPECT_THAT(Message("file,label\nx\0,3\n"s), HasSubstr("offset 12: a NUL byte"));
  EXPECT_EQ(Message("file\na\nb\nc\nd\n"), "a.csv: line 5: more rows than the limit of 3");
}

TEST(CsvList, WithoutLabelsIsUnlabelled) {
  const Result<CsvList> list = ParseCsvList("file\nx.png\n", "a.csv", 9);
  ASSERT_TRUE(list);
  EXPECT_FALSE(list->labelled);
}

}  // namespace
}  // namespace credence::data
