// What is odd in a JPEG and costs no pixel is accepted, what costs pixels is refused. The files are
// those of testdata/ with a few bytes changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "image/codec/jpeg_segments.h"
#include "image/decode.h"

namespace credence::image {
namespace {

using File = std::vector<std::uint8_t>;
using ::testing::HasSubstr;

File Read(const std::string& name) {
  std::ifstream stream("src/image/codec/testdata/" + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_FALSE(bytes.empty()) << name << ": run from the root of the repository";
  return {bytes.begin(), bytes.end()};
}

// Where the first segment with `marker` begins.
std::size_t Find(const File& file, int marker) {
  for (std::size_t at = 2; at + 4 < file.size();) {
    if (file[at + 1] == marker) return at;
    at += 2 + static_cast<std::size_t>(file[at + 2] << 8 | file[at + 3]);
  }
  ADD_FAILURE() << "no segment " << marker;
  return 0;
}

void Insert(File& file, std::size_t at, std::string_view bytes) {
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin(), bytes.end());
}

// A segment with an Exif block, little-endian, whose orientation has `type` and `value`.
std::string ExifSegment(int type, int value) {
  std::string block("Exif\0\0II*\0\x8\0\0\0\x1\0\x12\x1", 18);
  block += {static_cast<char>(type), '\0', '\1', '\0', '\0', '\0'};
  block += {static_cast<char>(value), '\0', '\0', '\0', '\0', '\0', '\0', '\0'};
  return std::string{'\xff', '\xe1', '\0', static_cast<char>(block.size() + 2)} + block;
}

void ExpectTheSamePixels(const File& odd, const File& plain, const char* what) {
  Decoded ours, theirs;
  const Result<void> done = Decode(odd, {}, ours);
  ASSERT_TRUE(done.ok()) << what << ": " << done.error().message;
  ASSERT_TRUE(Decode(plain, {}, theirs).ok()) << what;
  EXPECT_EQ(ours.pixels, theirs.pixels) << what;
  EXPECT_TRUE(ReadHeader(odd, {}).ok()) << what;
}

TEST(Jpeg, AScanHeaderOfASequentialFileMayHoldAnything) {
  for (const char* name : {"rgb420.jpg", "grey.jpg", "restarts.jpg"}) {
    const File plain = Read(name);
    File odd = plain;
    const std::size_t scan = Find(odd, 0xda);
    const std::size_t end = scan + 2 + odd[scan + 3];
    odd[end - 3] = 5, odd[end - 2] = 0, odd[end - 1] = 0x21;
    ExpectTheSamePixels(odd, plain, name);
  }
}

TEST(Jpeg, TheVersionOfJfifDoesNotMatter) {
  const File plain = Read("rgb420.jpg");
  File odd = plain;
  odd[Find(odd, 0xe0) + 9] = 9;
  ExpectTheSamePixels(odd, plain, "JFIF 9");
}

TEST(Jpeg, StrayBytesBetweenSegmentsOfTheHeaderAreSteppedOver) {
  const File plain = Read("rgb420.jpg");
  for (const int before : {0xdb, 0xc0, 0xc4, 0xda}) {
    File odd = plain;
    Insert(odd, Find(odd, before), std::string_view("\0\x12\xff\0\x34", 5));
    ExpectTheSamePixels(odd, plain, "stray bytes");
  }
}

TEST(Jpeg, AnUnknownAdobeTransformIsTakenForTheUsualOne) {
  const File plain = Read("rgb420.jpg");
  File odd = plain;
  const auto jfif = odd.begin() + static_cast<std::ptrdiff_t>(Find(odd, 0xe0));
  odd.erase(jfif, jfif + 18);
  Insert(odd, 2,
         std::string_view("\xff\xee\0\x0e"
                          "Adobe\0\x64\0\0\0\0\x7",
                          16));
  ExpectTheSamePixels(odd, plain, "Adobe transform 7");
}

TEST(Jpeg, SeveralOdditiesAtOnce) {
  const File plain = Read("rgb420.jpg");
  File odd = plain;
  const std::size_t scan = Find(odd, 0xda);
  odd[scan + 2 + odd[scan + 3] - 2] = 0;
  odd[Find(odd, 0xe0) + 9] = 2;
  Insert(odd, scan, "abc");
  Insert(odd, Find(odd, 0xdb), "de");
  ExpectTheSamePixels(odd, plain, "all");
}

// It would be decoded without it, with other pixels.
TEST(Jpeg, ATableWhoseMarkerIsDamagedIsNoStrayByte) {
  File file = Read("rgb420.jpg");
  const std::size_t table = Find(file, 0xc4);
  file[table] = 0xfe;
  Decoded decoded;
  const Result<void> done = Decode(file, {}, decoded);
  ASSERT_FALSE(done.ok());
  EXPECT_THAT(done.error().message,
              HasSubstr("the marker of a segment is damaged, at byte " + std::to_string(table)));
}

TEST(Jpeg, DamagedPixelsAreRefusedWhateverElseIsOdd) {
  File file = Read("rgb420.jpg");
  file[Find(file, 0xe0) + 9] = 2;
  const std::size_t scan = Find(file, 0xda);
  for (std::size_t at = scan + 20; at + 2 < file.size(); at += 40) file[at] = 0;
  Decoded decoded;
  EXPECT_FALSE(Decode(file, {}, decoded).ok());
}

TEST(Jpeg, TheFirstExifSegmentThatStatesAnOrientationCounts) {
  constexpr int kByte = 1, kShort = 3, kLong = 4, kText = 2;
  const struct {
    const char* what;
    std::vector<std::string> segments;
    int expected;
  } cases[] = {
      {"one", {ExifSegment(kShort, 3)}, 3},
      {"the first of two", {ExifSegment(kShort, 6), ExifSegment(kShort, 1)}, 6},
      {"then one without it",
       {ExifSegment(kShort, 8), std::string("\xff\xe1\0\xa"
                                            "Exif\0\0MM",
                                            12)},
       8},
      {"after an invalid one", {ExifSegment(kShort, 9), ExifSegment(kShort, 5)}, 5},
      {"after one of another type", {ExifSegment(kText, 3), ExifSegment(kShort, 2)}, 2},
      {"a LONG", {ExifSegment(kLong, 3)}, 3},
      {"a BYTE", {ExifSegment(kByte, 4)}, 4},
      {"none", {ExifSegment(kShort, 0)}, 1},
  };
  for (const auto& c : cases) {
    File file = Read("rgb420.jpg");
    std::string all;
    for (const std::string& segment : c.segments) all += segment;
    Insert(file, 2, all);
    Decoded decoded;
    ASSERT_TRUE(Decode(file, {}, decoded).ok()) << c.what;
    EXPECT_EQ(decoded.orientation, c.expected) << c.what;
  }
}

// One copy, however many bytes stray.
TEST(Jpeg, AHeaderFullOfOdditiesCostsTimeInProportion) {
  File file = Read("rgb420.jpg");
  std::string odd;
  for (int i = 0; i < 1'000'000; ++i) odd += std::string("\xff\xfe\0\2x", 5);
  const File plain = file;
  Insert(file, 2, odd);
  const auto segments = codec::ReadSegments(file);
  ASSERT_TRUE(segments.ok());
  EXPECT_EQ(segments->mended.size(), plain.size() + 4'000'000);
}

}  // namespace
}  // namespace credence::image
