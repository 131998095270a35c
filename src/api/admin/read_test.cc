#include "api/admin/read.h"

#include <gtest/gtest.h>

namespace credence::api::admin {
namespace {

// A request with that body; it must be used before the next one is made.
class ReadTest : public testing::Test {
 protected:
  http::Request& With(std::string_view body) {
    buffer_.assign(body).append(http::kBodyPadding, '\0');
    request_.body = {reinterpret_cast<const std::uint8_t*>(buffer_.data()), body.size()};
    return request_;
  }

  std::string buffer_;
  http::Request request_{};
};

TEST_F(ReadTest, ReadsTheOneKey) {
  EXPECT_EQ(*ReadText(With(R"( {"level" : "de\u0062ug"} )"), "level"), "debug");
  EXPECT_EQ(*ReadNumber(With(R"({"version": 9007199254740993})"), "version"), 9007199254740993);
}

TEST_F(ReadTest, RefusesEveryOtherBody) {
  for (const char* body :
       {"", "debug", "[\"debug\"]", "{}", R"({"level": 1})", R"({"level": null})",
        R"({"level": "a", "level": "b"})", R"({"level": "a", "x": 1})", R"({"Level": "a"})",
        R"({"level": "a")", "{\"level\": \"\xFF\"}"}) {
    const auto read = ReadText(With(body), "level");
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().code, Code::kInvalidArgument) << body;
  }
  for (const char* body : {R"({"version": 1.5})", R"({"version": "1"})", R"({"version": 1e3})",
                           R"({"version": 99999999999999999999})"}) {
    EXPECT_FALSE(ReadNumber(With(body), "version")) << body;
  }
}

TEST_F(ReadTest, RefusesALargeBody) {
  const std::string body = R"({"level": ")" + std::string(kBodyBytesMax, 'a') + "\"}";
  const auto read = ReadText(With(body), "level");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kTooLarge);
  EXPECT_EQ(read.error().message, "the body is 4109 bytes; the limit here is 4096");
}

TEST(ReadVersionNumber_, TakesDigitsOnly) {
  EXPECT_EQ(*ReadVersionNumber("7"), 7);
  EXPECT_EQ(*ReadVersionNumber("0007"), 7);
  EXPECT_EQ(*ReadVersionNumber("20261129183000123"), 20261129183000123);
  for (const char* text : {"", "0", "-1", "+1", "1.0", "1x", " 1", "99999999999999999999"}) {
    EXPECT_FALSE(ReadVersionNumber(text)) << text;
  }
}

}  // namespace
}  // namespace credence::api::admin
