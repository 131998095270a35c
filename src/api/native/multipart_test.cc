#include "api/native/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace credence::api::native {
namespace {

using testing::HasSubstr;

constexpr std::string_view kType = "multipart/form-data; boundary=XX";

Result<std::vector<Part>> Parse(const std::string& body, std::string_view type = kType) {
  return ParseMultipart(type, {reinterpret_cast<const std::uint8_t*>(body.data()), body.size()});
}

std::string Text(const Part& part) { return {part.content.begin(), part.content.end()}; }

TEST(Multipart, ReadsNamesAndContents) {
  const std::string body =
      "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"7.png\"\r\n"
      "Content-Type: image/png\r\n\r\nPNG\r\nbytes\r\n"
      "--XX\r\ncontent-disposition: form-data; name=note\r\n\r\n\r\n--XX--\r\n";
  const auto parts = Parse(body);
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].name, "file");
  EXPECT_EQ((*parts)[0].filename, "7.png");
  EXPECT_EQ(Text((*parts)[0]), "PNG\r\nbytes");
  EXPECT_EQ((*parts)[1].name, "note");
  EXPECT_EQ(Text((*parts)[1]), "");
}

TEST(Multipart, PassesOverThePreambleAndTakesAQuotedBoundary) {
  const std::string body = "preamble\r\n--a b\r\n\r\nx\r\n--a b--";
  const auto parts = Parse(body, "multipart/form-data; charset=utf-8; boundary=\"a b\"");
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 1u);
  EXPECT_EQ(Text((*parts)[0]), "x");
}

TEST(Multipart, SaysWhatIsWrong) {
  EXPECT_THAT(Parse("", "multipart/form-data").error().message, HasSubstr("has no boundary"));
  EXPECT_THAT(Parse("hello").error().message, HasSubstr("does not hold its boundary"));
  EXPECT_THAT(Parse("--XX\r\nA: b\r\n").error().message, HasSubstr("no end of its headers"));
  EXPECT_THAT(Parse("--XX\r\n\r\nhello").error().message, HasSubstr("cut short"));
  EXPECT_THAT(Parse("--XX\r\n\r\nhello\r\n--XX\r\n").error().message,
              HasSubstr("no end of its headers"));
  EXPECT_THAT(Parse("--XX\r\n\r\nhello\r\n--XX").error().message, HasSubstr("cut short"));
}

TEST(Multipart, LimitsTheNumberOfParts) {
  std::string body;
  for (int i = 0; i < 81; ++i) body += "--XX\r\n\r\nx\r\n";
  body += "--XX--";
  EXPECT_EQ(Parse(body).error().code, Code::kTooLarge);
}

}  // namespace
}  // namespace credence::api::native
