// What a decode may take: memory is taken before it is used, time is looked at on the way, and what
// nobody wants to see in colour is given in grey with the same levels.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "image/adapt.h"
#include "image/colour.h"
#include "image/decode.h"

namespace credence::image {
namespace {

using File = std::vector<std::uint8_t>;

File Read(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_FALSE(bytes.empty()) << path << ": run from the root of the repository";
  return {bytes.begin(), bytes.end()};
}

File Fixture(const std::string& name) { return Read("src/image/codec/testdata/" + name); }

std::vector<std::filesystem::path> Fixtures() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator("src/image/codec/testdata")) {
    if (entry.path().extension() != ".csv") paths.push_back(entry.path());
  }
  return paths;
}

// A PGM that is `side` px a side.
File Pgm(int side) {
  const std::string size = std::to_string(side);
  const std::string head = "P5 " + size + " " + size + " 255\n";
  File file(head.begin(), head.end());
  file.resize(file.size() + static_cast<std::size_t>(side) * static_cast<std::size_t>(side), 77);
  return file;
}

TEST(Bounds, GreyIsTheLumaOfWhatColourWouldBe) {
  int in_colour = 0;
  for (const auto& path : Fixtures()) {
    const File file = Read(path);
    Decoded colour, grey;
    if (!Decode(file, {}, colour)) continue;
    const Result<void> done = Decode(file, {.grey = true}, grey);
    ASSERT_TRUE(done.ok()) << path << ": " << done.error().message;
    EXPECT_EQ(grey.source.channels, colour.source.channels) << path;
    if (colour.pixels.channels != 3 || grey.pixels.channels == 3) {
      EXPECT_EQ(grey.pixels, colour.pixels) << path;
      continue;
    }
    Pixels expected;
    Materialise(ColourView(colour.pixels, 1), expected);
    EXPECT_EQ(grey.pixels, expected) << path;
    ++in_colour;
  }
  EXPECT_GE(in_colour, 7);  // JPEGs
}

TEST(Bounds, GreyPixelsOfAColouredFileAreReportedAsGreyed) {
  InputContract contract;
  contract.width = contract.height = 8;
  contract.channels = 1;
  const File file = Fixture("rgb420.jpg");
  AdaptScratch scratch;
  Adapted from_colour, from_grey;
  Decoded decoded;
  ASSERT_TRUE(Decode(file, {}, decoded));
  Adapt(decoded, contract, scratch, from_colour);
  ASSERT_TRUE(Decode(file, {.grey = true}, decoded));
  Adapt(decoded, contract, scratch, from_grey);
  EXPECT_EQ(from_grey.canonical, from_colour.canonical);
  EXPECT_EQ(from_grey.adaptations, from_colour.adaptations);
}

TEST(Bounds, SmallPicturesAreNotCounted) {
  ByteBudget budget(1);
  HeldBytes memory(&budget, ByteUse::kWork);
  Decoded decoded;
  for (const auto& path : Fixtures()) {
    const File file = Read(path);
    if (!Decode(file, {}, decoded)) continue;
    EXPECT_TRUE(Decode(file, {.memory = &memory}, decoded)) << path;
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(Bounds, PixelsAreTakenFirst) {
  ByteBudget budget(1'500'000);
  HeldBytes memory(&budget, ByteUse::kWork), other(&budget, ByteUse::kWork);
  Decoded decoded;
  ASSERT_TRUE(Decode(Pgm(1000), {.memory = &memory}, decoded));
  EXPECT_EQ(budget.used(), 1'000'000u);
  ASSERT_TRUE(Decode(Pgm(900), {.memory = &memory}, decoded));
  EXPECT_EQ(budget.used(), 1'000'000u);  // it fits in the same buffer

  memory.Clear();
  ASSERT_TRUE(other.Resize(600'000));
  const Result<void> busy = Decode(Pgm(1000), {.memory = &memory}, decoded);
  ASSERT_FALSE(busy.ok());
  EXPECT_EQ(busy.error().code, Code::kResourceExhausted);
  const Result<void> never = Decode(Pgm(1300), {.memory = &memory}, decoded);
  ASSERT_FALSE(never.ok());
  EXPECT_EQ(never.error().code, Code::kTooLarge);
  EXPECT_EQ(never.error().message,
            "this picture needs 1690000 bytes of memory; the limit is 1500000 (see --memory-max)");
  EXPECT_EQ(budget.used(), 600'000u);
}

TEST(Bounds, HeadersTellWhatAFormatTakesBesideThePixels) {
  const struct {
    const char* name;
    std::uint64_t per_pixel;  // at least
    bool several_scans;
  } cases[] = {{"progressive.jpg", 2, true}, {"rgb420.jpg", 0, false},
               {"lossless.webp", 4, false},  {"lossy_alpha.webp", 1, false},
               {"lossy.webp", 0, false},     {"rgb8.png", 0, false}};
  for (const auto& c : cases) {
    const Result<Header> header = ReadHeader(Fixture(c.name), {});
    ASSERT_TRUE(header.ok()) << c.name;
    const auto pixels = static_cast<std::uint64_t>(header->width * header->height);
    EXPECT_EQ(header->several_scans, c.several_scans) << c.name;
    if (c.per_pixel == 0) {
      EXPECT_EQ(header->beside, 0u) << c.name;
    } else {
      EXPECT_GE(header->beside, c.per_pixel * pixels) << c.name;
    }
  }
  // A text chunk is copied around.
  EXPECT_EQ(ReadHeader(Fixture("ztxt.png"), {})->beside, Fixture("ztxt.png").size());
}

TEST(Bounds, ADecodeWhoseTimeIsOverEnds) {
  FakeClock clock;
  const StopSign over{.clock = &clock, .deadline = clock.Now() - std::chrono::seconds(1)};
  const std::atomic<bool> left{true};
  const StopSign gone{
      .clock = &clock, .deadline = clock.Now() + std::chrono::seconds(1), .gone = &left};
  Decoded decoded;
  for (const char* name :
       {"rgb8.png", "grey16_adam7.png", "palette8.png", "interlaced.gif", "rgb24.bmp"}) {
    const Result<void> late = Decode(Fixture(name), {.stop = &over}, decoded);
    ASSERT_FALSE(late.ok()) << name;
    EXPECT_EQ(late.error().code, Code::kDeadlineExceeded) << name;
    const Result<void> unwanted = Decode(Fixture(name), {.stop = &gone}, decoded);
    ASSERT_FALSE(unwanted.ok()) << name;
    EXPECT_EQ(unwanted.error().code, Code::kUnavailable) << name;
  }
  EXPECT_FALSE(Decode(Pgm(100), {.stop = &over}, decoded).ok());
}

TEST(Bounds, AStopSignThatIsDownChangesNothing) {
  FakeClock clock;
  const StopSign stop{.clock = &clock, .deadline = clock.Now() + std::chrono::seconds(1)};
  for (const auto& path : Fixtures()) {
    const File file = Read(path);
    Decoded plain, watched;
    if (!Decode(file, {}, plain)) continue;
    ASSERT_TRUE(Decode(file, {.stop = &stop}, watched)) << path;
    EXPECT_EQ(watched.pixels, plain.pixels) << path;
  }
}

}  // namespace
}  // namespace credence::image
