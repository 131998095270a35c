// Each picture of testdata/ decodes to what Pillow makes of it, within one level
// (tools/golden/make_image_fixtures.py wrote both).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "image/decode.h"

namespace credence::image {
namespace {

constexpr char kFolder[] = "src/image/codec/testdata/";

std::vector<std::uint8_t> ReadFile(const std::string& name) {
  std::ifstream stream(kFolder + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  return {bytes.begin(), bytes.end()};
}

struct Fixture {
  std::string file, format;
  int width = 0, height = 0, channels = 0;
  std::string levels_hex;
};

std::vector<Fixture> Fixtures() {
  std::ifstream stream(std::string(kFolder) + "expected.csv");
  std::vector<Fixture> fixtures;
  for (std::string line; std::getline(stream, line);) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream words(line);
    Fixture f;
    words >> f.file >> f.format >> f.width >> f.height >> f.channels >> f.levels_hex;
#ifndef CREDENCE_TIFF
    if (f.format == "tiff") continue;
#endif
    fixtures.push_back(f);
  }
  return fixtures;
}

std::vector<std::uint8_t> FromHex(const std::string& hex) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

int LargestDifference(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  int largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    largest = std::max(largest, std::abs(a[i] - b[i]));
  }
  return largest;
}

TEST(Fixtures, DecodeAsPillowDoes) {
  const std::vector<Fixture> fixtures = Fixtures();
  ASSERT_GE(fixtures.size(), 90U) << "run from the root of the repository";
  Decoded decoded;
  for (const Fixture& fixture : fixtures) {
    SCOPED_TRACE(fixture.file);
    const Result<void> done = Decode(ReadFile(fixture.file), {}, decoded);
    EXPECT_TRUE(done.ok()) << done.error().message;
    if (!done) continue;
    EXPECT_EQ(FormatName(decoded.source.format), fixture.format);
    EXPECT_EQ(decoded.pixels.width, fixture.width);
    EXPECT_EQ(decoded.pixels.height, fixture.height);
    EXPECT_EQ(decoded.pixels.channels, fixture.channels);
    EXPECT_EQ(decoded.source.channels, fixture.channels);
    const std::vector<std::uint8_t> levels = FromHex(fixture.levels_hex);
    EXPECT_EQ(decoded.pixels.data.size(), levels.size());
    EXPECT_LE(LargestDifference(decoded.pixels.data, levels), 1);
  }
}

TEST(Fixtures, HeaderTellsWhatDecodeGives) {
  for (const Fixture& fixture : Fixtures()) {
    SCOPED_TRACE(fixture.file);
    const Result<Header> header = ReadHeader(ReadFile(fixture.file), {});
    ASSERT_TRUE(header.ok()) << header.error().message;
    EXPECT_EQ(header->channels, fixture.channels);
    const bool turned = header->width != fixture.width;
    EXPECT_EQ(turned ? header->height : header->width, fixture.width);
  }
}

// Every prefix that lacks at least the last 10 % is refused; none crashes (ASan watches).
TEST(Fixtures, RefusedWhenCutShort) {
  Decoded decoded;
  for (const Fixture& fixture : Fixtures()) {
    SCOPED_TRACE(fixture.file);
    const std::vector<std::uint8_t> file = ReadFile(fixture.file);
    const bool has_later_frames = fixture.file.starts_with("animated");
    for (std::size_t length = 0; length < file.size(); ++length) {
      const Result<void> done = Decode(Bytes(file).first(length), {}, decoded);
      const bool deep_cut = length * 10 < file.size() * (has_later_frames ? 3 : 9);
      EXPECT_FALSE(deep_cut && done.ok()) << length << " of " << file.size() << " bytes";
    }
  }
}

TEST(Fixtures, OrientationIsReported) {
  Decoded decoded;
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string name = "orientation" + std::to_string(orientation) + ".jpg";
    ASSERT_TRUE(Decode(ReadFile(name), {}, decoded).ok());
    EXPECT_EQ(decoded.orientation, orientation);
    EXPECT_EQ(decoded.source.width, 17);
    EXPECT_EQ(decoded.pixels.width, orientation < 5 ? 17 : 8);
  }
}

TEST(Fixtures, LimitsHoldForTheHeader) {
  Decoded decoded;
  const Result<void> side =
      Decode(ReadFile("rgb8.png"), {.limits = {.pixels_max = 1000, .side_px_max = 8}}, decoded);
  ASSERT_FALSE(side.ok());
  EXPECT_EQ(side.error().code, Code::kTooLarge);
  EXPECT_EQ(side.error().message, "image is 9x6 px; the limit is 8 a side");
  const Result<void> pixels =
      Decode(ReadFile("rgb8.png"), {.limits = {.pixels_max = 53, .side_px_max = 9}}, decoded);
  ASSERT_FALSE(pixels.ok());
  EXPECT_EQ(pixels.error().message, "image is 9x6 px; the limit is 53 pixels");
}

TEST(Fixtures, BmpWithAHeaderOfUnknownKindIsRefused) {
  Decoded decoded;
  const struct {
    std::size_t at;
    std::uint8_t low, high;
    const char* message;
  } cases[] = {{14, 66, 0, "BMP: a header of 66 bytes is not known"},
               {14, 41, 0, "BMP: a header of 41 bytes is not known"},
               {28, 112, 3, "BMP: 880 bits a pixel with compression 0 is no kind of BMP"}};
  for (const auto& c : cases) {
    std::vector<std::uint8_t> file = ReadFile("rgb24.bmp");
    file[c.at] = c.low, file[c.at + 1] = c.high;
    const Result<void> done = Decode(file, {}, decoded);
    ASSERT_FALSE(done.ok()) << c.message;
    EXPECT_THAT(done.error().message, testing::StartsWith(c.message));
  }
}

TEST(Fixtures, PngWithAWrongChecksumIsRefused) {
  Decoded decoded;
  std::vector<std::uint8_t> file = ReadFile("grey8.png");
  file[40] ^= 1;  // in the first IDAT
  const Result<void> done = Decode(file, {}, decoded);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, Code::kInvalidImage);
  EXPECT_THAT(done.error().message, testing::StartsWith("PNG: "));
}

}  // namespace
}  // namespace credence::image
