#include "data/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::vector<std::string>> Records(std::string_view text, char separator = ',') {
  CsvReader csv(text, "a.csv", separator);
  std::vector<std::vector<std::string>> records;
  std::vector<std::string> fields;
  while (*csv.Next(fields)) records.push_back(fields);
  return records;
}

TEST(CsvReader, TrimsBlanksAroundFieldsAndWithinQuotes) {
  EXPECT_THAT(Records(" a ,\t\"b\" , \"c, d\"\n\"  e \",f g ,\xC2\xA0h\xC2\xA0\n"),
              ElementsAre(ElementsAre("a", "b", "c, d"), ElementsAre("e", "f g", "h")));
}

TEST(CsvReader, EndsLinesByLfCrlfAndCr) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    const std::string text = std::string("\xEF\xBB\xBF") + "a,b" + end + end + "1,2" + end + "3,4";
    CsvReader csv(text, "a.csv");
    std::vector<std::string> fields;
    ASSERT_TRUE(*csv.Next(fields));
    EXPECT_THAT(fields, ElementsAre("a", "b"));
    ASSERT_TRUE(*csv.Next(fields));
    EXPECT_EQ(csv.line(), 3);
    ASSERT_TRUE(*csv.Next(fields));
    EXPECT_THAT(fields, ElementsAre("3", "4"));
    EXPECT_EQ(csv.line(), 4);
    EXPECT_FALSE(*csv.Next(fields));
  }
}

// As left behind by a column that was put behind the last one of a file with CRLF.
TEST(CsvReader, AStrayReturnIsNamedAndEndsNoRecord) {
  for (const char* text : {"file,group\r,split\na,1\r,train\n", "a\rb,c\n", "\"a\"\r,b\r\n"}) {
    std::vector<std::string> fields;
    const auto read = CsvReader(text, "a.csv").Next(fields);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, AllOf(StartsWith("a.csv: line 1, offset "),
                                            HasSubstr("a carriage return amid a line")));
  }
}

TEST(CsvReader, ReturnsThatEndALineOrLieInQuotesAreNoneOfThese) {
  EXPECT_THAT(Records("a,b\r\r\n1,2\r"), ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
  EXPECT_THAT(Records("\"a\rb\",c\n"), ElementsAre(ElementsAre("a\rb", "c")));
  EXPECT_THAT(Records("\"a\nb\",c\r1,2\r"),
              ElementsAre(ElementsAre("a\nb", "c"), ElementsAre("1", "2")));
}

TEST(CsvReader, PassesOverRecordsOfEmptyFields) {
  EXPECT_THAT(Records("a,b\n , \n,,\n1,\n"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "")));
}

TEST(CsvReader, SeparatesByWhatTheFirstLineHas) {
  EXPECT_EQ(FindSeparator("a;b;c,d\ne;f"), ',');
  EXPECT_EQ(FindSeparator("a;b\nc,d"), ';');
  EXPECT_EQ(FindSeparator("a\tb"), '\t');
  EXPECT_EQ(FindSeparator("\"a,b\";c"), ';');
  EXPECT_EQ(FindSeparator("a"), ',');
  EXPECT_THAT(Records("a; b\n1 ;2\n", ';'),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
  EXPECT_THAT(Records("a\t\tb \n", '\t'), ElementsAre(ElementsAre("a", "", "b")));
}

}  // namespace
}  // namespace credence::data
