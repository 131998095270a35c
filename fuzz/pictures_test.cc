#include "fuzz/pictures.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "image/decode.h"

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed);
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                                 const std::uint8_t* second,
                                                 std::size_t second_size, std::uint8_t* out,
                                                 std::size_t max_out, unsigned int seed);

// In libFuzzer's place: changes one byte, or makes the first where there is none.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                        std::size_t max_size) {
  if (size == 0) {
    if (max_size == 0) return 0;
    data[0] = 1;
    return 1;
  }
  data[size / 2] ^= 1;
  return size;
}

namespace credence::fuzz {
namespace {

using testing::Each;
using testing::Lt;

Buffer Fixture(const std::string& name) {
  std::ifstream in("src/image/codec/testdata/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool Decodes(Bytes file) {
  image::Decoded decoded;
  return image::Decode(file, {}, decoded).ok();
}

class PicturesTest : public testing::TestWithParam<std::string> {};

TEST_P(PicturesTest, AFileIsTheSumOfItsPieces) {
  const Buffer file = Fixture(GetParam());
  const Container* const container = ContainerOf(file);
  ASSERT_NE(container, nullptr);
  EXPECT_EQ(container->join(container->split(file, false)), file);
}

TEST_P(PicturesTest, WhatWasInflatedIsCompressedAgain) {
  const Buffer file = Fixture(GetParam());
  const Container* const container = ContainerOf(file);
  ASSERT_NE(container, nullptr);
  const std::vector<Piece> pieces = container->split(file, true);
  EXPECT_GE(pieces.size(), 1);
  EXPECT_TRUE(Decodes(container->join(pieces)));
}

// A cut anywhere: no piece is read beyond the end (AddressSanitizer holds it), and all of them
// join.
TEST_P(PicturesTest, ACutFileGivesThePiecesThatAreWhole) {
  const Buffer file = Fixture(GetParam());
  const Container* const container = ContainerOf(file);
  ASSERT_NE(container, nullptr);
  for (std::size_t size = 0; size < file.size(); ++size) {
    const Buffer cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    if (!container->is(cut)) continue;
    const std::vector<Piece> pieces = container->split(cut, true);
    EXPECT_LE(pieces.size(), container->split(file, true).size());
    container->join(pieces);
  }
}

TEST_P(PicturesTest, MutantsKeepTheirFormatAndMostOfThemTheirFrame) {
  const Buffer file = Fixture(GetParam());
  const Container* const container = ContainerOf(file);
  ASSERT_NE(container, nullptr);
  constexpr unsigned kMutants = 300;
  unsigned whole = 0, changed = 0;
  for (unsigned seed = 0; seed < kMutants; ++seed) {
    Buffer mutant = file;
    mutant.resize(file.size() + 1000);
    mutant.resize(LLVMFuzzerCustomMutator(mutant.data(), file.size(), mutant.size(), seed));
    changed += mutant != file ? 1 : 0;
    whole += container->is(mutant) && container->join(container->split(mutant, false)) == mutant;
  }
  EXPECT_GT(changed, kMutants / 2);
  EXPECT_GT(whole, kMutants / 2);
}

INSTANTIATE_TEST_SUITE_P(Formats, PicturesTest,
                         testing::Values("rgb8.png", "la16.png", "progressive.jpg", "rgb420.jpg",
                                         "restarts.jpg", "colors.gif", "placed_key.gif",
                                         "lossy.webp", "animated.webp"),
                         [](const auto& about) {
                           std::string name = about.param;
                           for (char& c : name) c = c == '.' ? '_' : c;
                           return name;
                         });

TEST(PngChunks, AChangedPixelIsSeenByTheDecoder) {
  const Buffer file = Fixture("rgb8.png");
  std::vector<Piece> pieces = kPngChunks.split(file, true);
  ASSERT_EQ(pieces.size(), 3);
  pieces[1].body[1] ^= 0xFF;  // the first line's filter stands before
  image::Decoded before, after;
  ASSERT_TRUE(image::Decode(file, {}, before).ok());
  ASSERT_TRUE(image::Decode(kPngChunks.join(pieces), {}, after).ok());
  EXPECT_EQ(before.pixels.data[0] ^ 0xFF, after.pixels.data[0]);
}

TEST(PictureMutator, APieceOfOneFileGoesIntoAnother) {
  const Buffer first = Fixture("grey8.png"), second = Fixture("palette4.png");
  unsigned with_palette = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    Buffer out(10'000);
    out.resize(LLVMFuzzerCustomCrossOver(first.data(), first.size(), second.data(), second.size(),
                                         out.data(), out.size(), seed));
    for (const Piece& piece : kPngChunks.split(out, false)) {
      with_palette += piece.head == Buffer{'P', 'L', 'T', 'E'} ? 1 : 0;
    }
  }
  EXPECT_GT(with_palette, 0);
}

TEST(PictureMutator, FilesOfTwoFormatsDoNotMix) {
  const Buffer first = Fixture("grey8.png"), second = Fixture("rgb420.jpg");
  Buffer out(10'000);
  EXPECT_EQ(LLVMFuzzerCustomCrossOver(first.data(), first.size(), second.data(), second.size(),
                                      out.data(), out.size(), 1),
            0);
}

TEST(PictureMutator, NeverWritesMoreThanThereIsRoom) {
  for (const char* name : {"rgb8.png", "progressive.jpg", "colors.gif", "lossy.webp", "rgb.tif"}) {
    const Buffer file = Fixture(name);
    for (unsigned seed = 0; seed < 300; ++seed) {
      Buffer exact = file;  // AddressSanitizer sees a byte more
      EXPECT_LE(LLVMFuzzerCustomMutator(exact.data(), exact.size(), exact.size(), seed),
                file.size());
    }
  }
}

TEST(TiffEntries, AreThoseOfTheFirstDirectory) {
  const Buffer file = Fixture("rgb.tif");
  const std::vector<std::size_t> entries = TiffEntries(file);
  ASSERT_GE(entries.size(), 8);
  EXPECT_THAT(entries, Each(Lt(file.size() - 11)));
  EXPECT_EQ(file[entries[0]], 0);  // ImageWidth, 256, low byte first
  EXPECT_EQ(file[entries[0] + 1], 1);
}

TEST(TiffEntries, AreNoneOfOtherFiles) {
  EXPECT_TRUE(TiffEntries(Fixture("rgb8.png")).empty());
  EXPECT_TRUE(TiffEntries(Buffer{'I', 'I', '*', 0, 255, 255, 255, 255}).empty());
}

}  // namespace
}  // namespace credence::fuzz
