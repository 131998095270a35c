#include "http/problem.h"

#include <gtest/gtest.h>

namespace credence::http {
namespace {

TEST(Problem, WritesEveryField) {
  std::string out;
  WriteProblem(413, "too_large", "the body is 9 bytes; the limit is 8", out);
  EXPECT_EQ(out, R"({"type":"about:blank","title":"Content Too Large","status":413,)"
                 R"("detail":"the body is 9 bytes; the limit is 8","code":"too_large"})");
}

TEST(Problem, AppendsAnErrorWithItsCodesName) {
  std::string out = "x";
  WriteProblem({Code::kInvalidImage, "a \"broken\" picture"}, out);
  EXPECT_EQ(out, R"(x{"type":"about:blank","title":"Unprocessable Content","status":422,)"
                 R"("detail":"a \"broken\" picture","code":"invalid_image"})");
}

TEST(Problem, MapsEveryCode) {
  EXPECT_EQ(StatusOf(Code::kInvalidArgument), 400);
  EXPECT_EQ(StatusOf(Code::kInvalidImage), 422);
  EXPECT_EQ(StatusOf(Code::kUnsupportedFormat), 415);
  EXPECT_EQ(StatusOf(Code::kTooLarge), 413);
  EXPECT_EQ(StatusOf(Code::kNotFound), 404);
  EXPECT_EQ(StatusOf(Code::kFailedPrecondition), 409);
  EXPECT_EQ(StatusOf(Code::kResourceExhausted), 503);
  EXPECT_EQ(StatusOf(Code::kUnavailable), 503);
  EXPECT_EQ(StatusOf(Code::kDeadlineExceeded), 503);
  EXPECT_EQ(StatusOf(Code::kUnimplemented), 501);
  EXPECT_EQ(StatusOf(Code::kDataLoss), 500);
  EXPECT_EQ(StatusOf(Code::kInternal), 500);
}

TEST(Problem, KnowsReasonPhrases) {
  EXPECT_EQ(ReasonPhrase(404), "Not Found");
  EXPECT_EQ(ReasonPhrase(299), "Unknown");
}

}  // namespace
}  // namespace credence::http
