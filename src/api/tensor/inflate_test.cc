#include "api/tensor/inflate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace credence::api::tensor {
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

TEST(Inflate, UndoesGzipAndDeflate) {
  const std::string text = "the same again " + std::string(200'000, 'x');
  for (const int window_bits : {15, 31}) {
    Bytes out;
    const auto done = Inflate(Compress(text, window_bits), 1 << 20, out);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(std::string(out.begin(), out.end()), text);
  }
}

TEST(Inflate, ABombEndsAtTheLimit) {
  Bytes out;
  const Bytes bomb = Compress(std::string(4 << 20, '\0'), 31);
  const auto done = Inflate(bomb, 1 << 20, out);
  EXPECT_EQ(done.error().code, Code::kTooLarge);
  EXPECT_LE(out.capacity(), std::size_t{1} << 20);
  EXPECT_TRUE(Inflate(bomb, 4 << 20, out));  // exactly
}

TEST(Inflate, SaysWhatIsWrong) {
  Bytes out;
  Bytes body = Compress("hello hello hello", 31);
  body.push_back(0);
  EXPECT_THAT(Inflate(body, 100, out).error().message, HasSubstr("1 bytes stand behind the end"));
  body.resize(body.size() / 2);
  EXPECT_THAT(Inflate(body, 100, out).error().message, HasSubstr("cut short"));
  EXPECT_THAT(Inflate(Bytes{1, 2, 3}, 100, out).error().message, HasSubstr("damaged"));
  EXPECT_FALSE(Inflate(Bytes{}, 100, out));
}

TEST(Inflate, KnowsItsEncodings) {
  EXPECT_TRUE(CanInflate("GZIP"));
  EXPECT_TRUE(CanInflate("deflate"));
  EXPECT_FALSE(CanInflate("br"));
}

}  // namespace
}  // namespace credence::api::tensor
