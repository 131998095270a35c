#include "data/slice.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace credence::data {
namespace {

std::vector<std::int64_t> Rows(std::string_view text, std::int64_t rows) {
  const Result<Slice> slice = ParseSlice(text);
  EXPECT_TRUE(slice) << text;
  const RowRange range = Resolve(*slice, rows);
  std::vector<std::int64_t> list;
  for (std::int64_t i = 0; i < range.count; ++i) list.push_back(range[i]);
  return list;
}

// The expectations are those of Python's list(range(N))[slice].
TEST(Slice, TakesTheRowsThatPythonTakes) {
  using Rows64 = std::vector<std::int64_t>;
  EXPECT_EQ(Rows("", 3), (Rows64{0, 1, 2}));
  EXPECT_EQ(Rows("1:3", 5), (Rows64{1, 2}));
  EXPECT_EQ(Rows("::2", 5), (Rows64{0, 2, 4}));
  EXPECT_EQ(Rows("1::2", 5), (Rows64{1, 3}));
  EXPECT_EQ(Rows("-2:", 5), (Rows64{3, 4}));
  EXPECT_EQ(Rows(":-2", 5), (Rows64{0, 1, 2}));
  EXPECT_EQ(Rows("::-1", 3), (Rows64{2, 1, 0}));
  EXPECT_EQ(Rows("3:0:-2", 5), (Rows64{3, 1}));
  EXPECT_EQ(Rows("-1:-100:-2", 5), (Rows64{4, 2, 0}));
  EXPECT_EQ(Rows("3:1", 5), (Rows64{}));
  EXPECT_EQ(Rows("2:999999999999999999", 4), (Rows64{2, 3}));
  EXPECT_EQ(Rows("-99:2", 4), (Rows64{0, 1}));
  EXPECT_EQ(Rows("::999999999999999999", 4), (Rows64{0}));
  EXPECT_EQ(Rows("::", 0), (Rows64{}));
  EXPECT_EQ(Rows("::-1", 0), (Rows64{}));
}

TEST(Slice, RefusesWhatIsNoSlice) {
  for (const std::string text :
       {"5", "a:b", "1:2:3:4", "::0", "1 :2", ":9999999999999999999", "1:+2"}) {
    const Result<Slice> slice = ParseSlice(text);
    ASSERT_FALSE(slice) << text;
    EXPECT_EQ(slice.error().code, Code::kInvalidArgument);
    EXPECT_NE(slice.error().message.find("'" + text + "'"), std::string::npos);
  }
}

}  // namespace
}  // namespace credence::data
