#include "image/codec/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "image/decode.h"

namespace credence::image {
namespace {

using std::string_view_literals::operator""sv;

Error ErrorOf(std::string_view file) {
  Decoded decoded;
  const Bytes bytes(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  const Result<void> done = Decode(bytes, {}, decoded);
  return done.ok() ? Error{Code::kInternal, "decoded"} : done.error();
}

TEST(Sniff, NamesFormatsThatAreNotAccepted) {
  const struct {
    std::string_view file, name;
  } cases[] = {
      {"\0\0\0\x18"
       "ftypheic\0\0\0\0"sv,
       "HEIF"},
      {"\0\0\0\x18"
       "ftypavif\0\0\0\0"sv,
       "AVIF"},
      {"\0\0\0\x18"
       "ftypisom\0\0\0\0"sv,
       "MP4"},
      {"\0\0\0\x18"
       "ftypisom\0\0\0\0isommif1heic"sv,
       "HEIF"},
      {"\0\0\0\x1c"
       "ftypmif1\0\0\0\0mif1avifmiaf"sv,
       "AVIF"},
      {"\0\0\0\x14"
       "ftypmif1\0\0\0\0mif1avif"sv,  // beyond the box
       "HEIF"},
      {"\0\0\0\x18"
       "ftypwhat\0\0\0\0else"sv,
       "an ISO media file"},
      {"\x89PNG\r\n\x1a\n\0\0\0\4CgBI\0\0\0\0"sv, "a CgBI PNG"},
      {"<?xml version='1.0'?><svg xmlns='x'/>"sv, "SVG"},
      {"\n<!DOCTYPE html><html></html>"sv, "HTML"},
      {"%PDF-1.7"sv, "PDF"},
      {"\xff\x0a\0\0"sv, "JPEG XL"},
      {"\0\0\0\x0cjP  \r\n\x87\n"sv, "JPEG 2000"},
      {"\0\0\1\0\1\0"sv, "ICO"},
      {"8BPS\0\1"sv, "PSD"},
      {"PK\3\4"sv, "ZIP"},
      {"RIFF\0\0\0\0WAVE"sv, "a RIFF file other than WebP"},
      {"{\"instances\": []}"sv, "JSON"},
      {"iVBORw0KGgoAAAANSUhEUg"sv, "base64 text of a PNG"},
      {"hello"sv, "text"},
  };
  for (const auto& c : cases) {
    const Error error = ErrorOf(c.file);
    EXPECT_EQ(error.code, Code::kUnsupportedFormat);
    EXPECT_THAT(
        error.message,
        testing::AllOf(testing::StartsWith("this looks like " + std::string(c.name)),
                       testing::HasSubstr("; accepted are PNG, JPEG, WebP, GIF, BMP, PNM")));
  }
}

TEST(Sniff, SaysThatNothingWasSent) {
  EXPECT_THAT(ErrorOf("").message, testing::StartsWith("the picture is empty (0 bytes); accepted"));
}

TEST(Sniff, SaysThatBytesAreUnknown) {
  EXPECT_THAT(ErrorOf("\1\2\3\4"sv).message,
              testing::StartsWith("this is of no known picture format; accepted"));
}

TEST(Sniff, GoesByContentNotByWhatFollows) {
  EXPECT_EQ(ErrorOf("\x89PNG\r\n\x1a\n"sv).code, Code::kInvalidImage);
  EXPECT_EQ(ErrorOf("GIF89a"sv).code, Code::kInvalidImage);
  EXPECT_EQ(ErrorOf("\xff\xd8\xff\xd9"sv).code, Code::kInvalidImage);
  EXPECT_EQ(ErrorOf("BM"sv).code, Code::kInvalidImage);
  EXPECT_EQ(ErrorOf("P5 3"sv).code, Code::kInvalidImage);
  EXPECT_EQ(ErrorOf("RIFF\0\0\0\0WEBP"sv).code, Code::kInvalidImage);
}

}  // namespace
}  // namespace credence::image
