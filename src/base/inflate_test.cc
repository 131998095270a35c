#include "base/inflate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace credence {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

// window_bits: 15 zlib, 31 gzip.
Bytes Compress(const std::string& text, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  Bytes out(text.size() + 1000);
  Bytes in(text.begin(), text.end());
  stream.next_in = in.data();
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Text(const Inflated& inflated) {
  return {inflated.bytes().begin(), inflated.bytes().end()};
}

TEST(Inflated, UndoesGzipAndDeflate) {
  const std::string text = "the same again " + std::string(200'000, 'x');
  Inflated inflated;
  for (const int window_bits : {15, 31}) {
    const auto done = inflated.Undo(Compress(text, window_bits), 1 << 20);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(Text(inflated), text);
  }
}

TEST(Inflated, ABombEndsAtTheLimit) {
  ByteBudget budget(64 << 20);
  Inflated inflated(&budget);
  const Bytes bomb = Compress(std::string(4 << 20, '\0'), 31);
  const auto done = inflated.Undo(bomb, 1 << 20);
  EXPECT_EQ(done.error().code, Code::kTooLarge);
  EXPECT_LE(budget.used(), std::uint64_t{1} << 20);
  EXPECT_TRUE(inflated.Undo(bomb, 4 << 20));  // exactly
}

TEST(Inflated, TakesItsMemoryFromTheBudgetAndGivesItBack) {
  ByteBudget budget(8 << 20);  // half of it for bodies
  Inflated inflated(&budget);
  ASSERT_TRUE(inflated.Undo(Compress(std::string(2 << 20, 'a'), 31), 2 << 20));
  EXPECT_GE(budget.used(), std::uint64_t{2} << 20);
  Inflated other(&budget);
  const auto refused = other.Undo(Compress(std::string(3 << 20, 'a'), 31), 3 << 20);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("overloaded: the inflated body needs"));
  other.Clear();
  inflated.Clear();
  EXPECT_EQ(budget.used(), 0U);
  const auto never = other.Undo(Compress(std::string(9 << 20, 'a'), 31), 16 << 20);
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, Code::kTooLarge);
}

TEST(Inflated, SaysWhatIsWrong) {
  Inflated inflated;
  const auto message = [&](const Bytes& body) {
    const auto done = inflated.Undo(body, 100);
    return done ? "" : done.error().message;
  };
  Bytes body = Compress("hello hello hello", 31);
  body.push_back(0);
  EXPECT_THAT(message(body), HasSubstr("1 bytes stand behind the end"));
  body.resize(body.size() / 2);
  EXPECT_THAT(message(body), HasSubstr("cut short"));
  EXPECT_THAT(message({1, 2, 3}), HasSubstr("damaged"));
  EXPECT_NE(message({}), "");
}

TEST(Inflated, KnowsItsEncodings) {
  EXPECT_TRUE(CanInflate("GZIP"));
  EXPECT_TRUE(CanInflate("deflate"));
  EXPECT_FALSE(CanInflate("br"));
}

}  // namespace
}  // namespace credence
