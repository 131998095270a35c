#include "data/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "data/test_files.h"

namespace credence::data {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

constexpr IdxLimits kLimits;

std::string LabelsMessage(const std::filesystem::path& file, const IdxLimits& limits = kLimits) {
  const auto labels = ReadIdxLabels(file, limits);
  return labels ? "no error" : labels.error().message;
}

std::string PicturesMessage(const std::filesystem::path& file, const IdxLimits& limits = kLimits) {
  const auto pictures = OpenIdxPictures(file, limits);
  return pictures ? "no error" : pictures.error().message;
}

std::vector<std::uint8_t> Counting(std::size_t count) {
  std::vector<std::uint8_t> values(count);
  std::iota(values.begin(), values.end(), std::uint8_t{0});
  return values;
}

TEST(IdxLabels, ReadsBytesPlainAndPacked) {
  const TestFolder folder;
  folder.WriteIdx("plain", {3}, {7, 0, 255});
  folder.WriteIdx("packed.gz", {3}, {7, 0, 255});
  EXPECT_EQ(*ReadIdxLabels(folder / "plain", kLimits), (std::vector<std::int32_t>{7, 0, 255}));
  EXPECT_EQ(*ReadIdxLabels(folder / "packed.gz", kLimits), (std::vector<std::int32_t>{7, 0, 255}));
  EXPECT_EQ(folder.Read("plain"), "\0\0\x08\x01\0\0\0\x03\x07\0\xFF"s);
  EXPECT_EQ(folder.Read("packed.gz").substr(0, 2), "\x1F\x8B");
}

TEST(IdxLabels, ReadsBigEndianInt32) {
  const TestFolder folder;
  folder.Write("labels", "\0\0\x0C\x01\0\0\0\x02\0\0\x01\x02\0\0\0\x05"s);
  EXPECT_EQ(*ReadIdxLabels(folder / "labels", kLimits), (std::vector<std::int32_t>{258, 5}));
}

TEST(IdxLabels, NamesFileOffsetAndExpectationOfDamage) {
  const TestFolder folder;
  folder.Write("png", "\x89PNG\r\n\x1A\n");
  EXPECT_THAT(LabelsMessage(folder / "png"),
              HasSubstr((folder / "png").string() + ": offset 0: bad magic number 0x89504e47"));
  folder.Write("magic", "\0\0\x08"s);
  EXPECT_THAT(LabelsMessage(folder / "magic"),
              HasSubstr("offset 3: the file ends within the magic"));
  folder.Write("header", "\0\0\x08\x01\0\0"s);
  EXPECT_THAT(LabelsMessage(folder / "header"),
              HasSubstr("offset 6: the file ends within the header of 8 bytes"));
  folder.Write("short", "\0\0\x08\x01\0\0\0\x03\x01\x02"s);
  EXPECT_THAT(LabelsMessage(folder / "short"),
              HasSubstr("offset 10: the file ends; its header promises 3 labels = 11 bytes"));
  folder.Write("long", "\0\0\x08\x01\0\0\0\x01\x01\x02"s);
  EXPECT_THAT(LabelsMessage(folder / "long"), HasSubstr("offset 9: more bytes follow"));
  folder.Write("negative", "\0\0\x0C\x01\0\0\0\x01\xFF\xFF\xFF\xFE"s);
  EXPECT_THAT(LabelsMessage(folder / "negative"),
              HasSubstr("offset 8: label -2; expected 0 or more"));
  folder.WriteIdx("flat", {1, 2, 2}, {1, 2, 3, 4});
  EXPECT_THAT(LabelsMessage(folder / "flat"),
              HasSubstr("offset 3: holds 3 dimensions; labels are 1"));
  EXPECT_THAT(LabelsMessage(folder / "none"), HasSubstr("No such file"));
}

TEST(IdxLabels, HoldsTheLimitAgainstTheHeader) {
  const TestFolder folder;
  folder.Write("huge", "\0\0\x08\x01\xFF\xFF\xFF\xFF"s);
  const auto labels = ReadIdxLabels(folder / "huge", kLimits);
  ASSERT_FALSE(labels);
  EXPECT_EQ(labels.error().code, Code::kTooLarge);
  EXPECT_THAT(labels.error().message, HasSubstr("4294967295 labels; the limit is 20000000"));
}

TEST(IdxLabels, SaysThatAPackedFileIsCutShort) {
  const TestFolder folder;
  folder.WriteIdx("labels.gz", {200}, Counting(200));
  const std::string whole = folder.Read("labels.gz");
  folder.Write("cut.gz", whole.substr(0, whole.size() - 12));
  EXPECT_THAT(LabelsMessage(folder / "cut.gz"),
              HasSubstr("(unpacked): the gzip stream is cut short"));
  std::string damaged = whole;
  damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);  // the CRC
  folder.Write("damaged.gz", damaged);
  EXPECT_THAT(LabelsMessage(folder / "damaged.gz"), HasSubstr("incorrect data check"));
}

class IdxPicturesTest : public testing::TestWithParam<const char*> {};

TEST_P(IdxPicturesTest, ReadsRowsInAnyOrder) {
  const TestFolder folder;
  folder.WriteIdx(GetParam(), {3, 2, 4}, Counting(24));
  const auto pictures = OpenIdxPictures(folder / GetParam(), kLimits);
  ASSERT_TRUE(pictures) << pictures.error().message;
  ASSERT_EQ((*pictures)->rows(), 3);
  const auto reader = (*pictures)->NewReader();
  ASSERT_TRUE(reader);
  image::Decoded out;
  for (const int row : {2, 0, 1, 1}) {
    ASSERT_TRUE((*reader)->Read(row, out));
    EXPECT_EQ(out.pixels.width, 4);
    EXPECT_EQ(out.pixels.height, 2);
    EXPECT_EQ(out.pixels.channels, 1);
    EXPECT_EQ(out.pixels.data.front(), 8 * row);
    EXPECT_EQ(out.pixels.data.back(), 8 * row + 7);
  }
}

INSTANTIATE_TEST_SUITE_P(PlainAndPacked, IdxPicturesTest, testing::Values("images", "images.gz"));

TEST(IdxPictures, ReadsColour) {
  const TestFolder folder;
  folder.WriteIdx("images", {1, 1, 2, 3}, {1, 2, 3, 4, 5, 6});
  const auto pictures = OpenIdxPictures(folder / "images", kLimits);
  ASSERT_TRUE(pictures);
  image::Decoded out;
  ASSERT_TRUE((*(*pictures)->NewReader())->Read(0, out));
  EXPECT_EQ(out.pixels, (image::Pixels{2, 1, 3, {1, 2, 3, 4, 5, 6}}));
}

TEST(IdxPictures, NoticesAPlainFileOfWrongLengthAtOnce) {
  const TestFolder folder;
  folder.WriteIdx("images", {3, 2, 2}, Counting(12));
  const std::string whole = folder.Read("images");
  folder.Write("short", whole.substr(0, whole.size() - 5));
  EXPECT_THAT(
      PicturesMessage(folder / "short"),
      HasSubstr("offset 23: the file ends; its header promises 3 pictures of 2x2 = 28 bytes"));
  folder.Write("long", whole + "x");
  EXPECT_THAT(PicturesMessage(folder / "long"), HasSubstr("offset 28: more bytes follow"));
}

TEST(IdxPictures, NoticesAPackedFileOfWrongLengthWhereItEnds) {
  const TestFolder folder;
  folder.WriteIdx("part.gz", {2, 2, 2}, Counting(8));
  const std::string whole = folder.Read("part.gz");
  folder.Write("long.gz", whole + whole);  // two gzip members unpack to one content
  const auto pictures = OpenIdxPictures(folder / "long.gz", kLimits);
  ASSERT_TRUE(pictures);
  const auto reader = (*pictures)->NewReader();
  image::Decoded out;
  EXPECT_TRUE((*reader)->Read(0, out));
  const Result<void> last = (*reader)->Read(1, out);
  ASSERT_FALSE(last);
  EXPECT_THAT(last.error().message, HasSubstr("offset 24 (unpacked): more bytes follow"));

  std::vector<std::uint8_t> noise(400'000);
  std::uint32_t state = 1;
  for (std::uint8_t& value : noise) {
    state = state * 1664525 + 1013904223;
    value = static_cast<std::uint8_t>(state >> 24);
  }
  folder.WriteIdx("noise.gz", {2, 500, 400}, noise);
  const std::string packed = folder.Read("noise.gz");
  folder.Write("cut.gz", packed.substr(0, packed.size() - 1000));
  const auto cut = OpenIdxPictures(folder / "cut.gz", kLimits);
  ASSERT_TRUE(cut);
  const Result<void> read = (*(*cut)->NewReader())->Read(1, out);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("cut.gz: offset"));
  EXPECT_THAT(read.error().message, HasSubstr("cut short"));
}

TEST(IdxPictures, RefusesShapesThatAreNoPictures) {
  const TestFolder folder;
  folder.WriteIdx("labels", {3}, {1, 2, 3});
  EXPECT_THAT(PicturesMessage(folder / "labels"),
              HasSubstr("pictures are 3 or 4 dimensions of uint8"));
  folder.WriteIdx("five", {1, 1, 1, 5}, Counting(5));
  EXPECT_THAT(PicturesMessage(folder / "five"),
              HasSubstr("5 channels; expected at least 1x1 and 1 to 4"));
  folder.WriteIdx("empty", {1, 0, 5}, {});
  EXPECT_THAT(PicturesMessage(folder / "empty"), HasSubstr("pictures of 5x0 px"));
  folder.Write("wide", "\0\0\x08\x03\0\0\0\x01\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF"s);
  EXPECT_THAT(PicturesMessage(folder / "wide"), HasSubstr("the limit is 50000000 px"));
}

TEST(IdxWriter, LeavesNothingUnlessFinished) {
  const TestFolder folder;
  {
    const std::vector<std::int64_t> dims = {5};
    Result<IdxWriter> writer = IdxWriter::Create(folder / "labels.gz", dims);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->Append(Counting(2)));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace credence::data
