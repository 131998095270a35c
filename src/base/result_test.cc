#include "base/result.h"

#include <gtest/gtest.h>

namespace credence {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return Error{Code::kInvalidArgument, "3 is odd"};
  return n / 2;
}

TEST(Result, HoldsTheValueOrTheError) {
  EXPECT_EQ(*Half(8), 4);
  ASSERT_FALSE(Half(3).ok());
  EXPECT_EQ(Half(3).error().code, Code::kInvalidArgument);
  EXPECT_EQ(Half(3).error().message, "3 is odd");
}

TEST(Result, AnnotatePutsTheContextFirst) {
  EXPECT_EQ(Annotate(Half(3).error(), "input.json").message, "input.json: 3 is odd");
}

TEST(Result, CodeNamesAreTheAnswersStableCodes) {
  EXPECT_EQ(CodeName(Code::kInvalidImage), "invalid_image");
  EXPECT_EQ(CodeName(Code::kResourceExhausted), "resource_exhausted");
}

}  // namespace
}  // namespace credence
