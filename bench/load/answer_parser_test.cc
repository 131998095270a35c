#include "load/answer_parser.h"

#include <gtest/gtest.h>

namespace credence::bench {
namespace {

using State = AnswerParser::State;
constexpr std::string_view kAnswer =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\ncontent-length: 4\r\n"
    "Connection: close\r\n\r\nbusy";

TEST(AnswerParser, ReadsStatusAndCloseOfAWholeAnswer) {
  AnswerParser parser;
  EXPECT_EQ(parser.Feed(kAnswer), State::kDone);
  EXPECT_EQ(parser.status(), 503);
  EXPECT_TRUE(parser.closes());
}

TEST(AnswerParser, ReadsAnAnswerThatArrivesByteByByte) {
  AnswerParser parser;
  for (std::size_t i = 0; i + 1 < kAnswer.size(); ++i) {
    ASSERT_EQ(parser.Feed(kAnswer.substr(i, 1)), State::kMore) << i;
  }
  EXPECT_EQ(parser.Feed(kAnswer.substr(kAnswer.size() - 1)), State::kDone);
  EXPECT_EQ(parser.status(), 503);
}

TEST(AnswerParser, KeepsTheConnectionUnlessToldToClose) {
  AnswerParser parser;
  EXPECT_EQ(parser.Feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), State::kDone);
  EXPECT_FALSE(parser.closes());
}

TEST(AnswerParser, ResetForgetsTheLastAnswer) {
  AnswerParser parser;
  EXPECT_EQ(parser.Feed(kAnswer), State::kDone);
  parser.Reset();
  EXPECT_FALSE(parser.started());
  EXPECT_EQ(parser.Feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"), State::kMore);
  EXPECT_EQ(parser.Feed("x"), State::kDone);
  EXPECT_EQ(parser.status(), 200);
}

TEST(AnswerParser, RefusesWhatHasNoLength) {
  EXPECT_EQ(AnswerParser().Feed("HTTP/1.1 200 OK\r\nA: b\r\n\r\n"), State::kError);
}

TEST(AnswerParser, RefusesBytesBehindTheBody) {
  EXPECT_EQ(AnswerParser().Feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy"), State::kError);
}

TEST(AnswerParser, RefusesAnEndlessHead) {
  EXPECT_EQ(AnswerParser().Feed(std::string(17'000, 'x')), State::kError);
}

}  // namespace
}  // namespace credence::bench
