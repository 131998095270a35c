#include "predictor/sealed_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/seal.h"
#include "base/test_folder.h"
#include "base/write_file.h"

namespace credence::predictor {
namespace {

using testing::HasSubstr;

constexpr std::string_view kMagic = "TESTFIL1";

std::string Refusal(std::span<const std::uint8_t> bytes) {
  const auto read = Unseal(kMagic, bytes);
  return read ? "" : read.error().message;
}

TEST(SealedFile, GivesBackWhatWasSealed) {
  const auto read = Unseal(kMagic, Seal(kMagic, {"{\"a\": 1}", {{1, 2, 3}, {}, {255}}}));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->header, "{\"a\": 1}");
  EXPECT_EQ(read->blobs, (std::vector<Blob>{{1, 2, 3}, {}, {255}}));
}

TEST(SealedFile, ANextThatIsNeededAndCannotBeReadIsNotPassedOver) {
  const TestFolder folder;
  const std::filesystem::path path = folder.path() / "kept";
  std::filesystem::create_symlink(NextOf(path).filename(), NextOf(path));  // to itself
  ASSERT_TRUE(WriteAtomically(path, Seal(kMagic, {"{\"profile\": \"old\"}", {{1}}})));
  const auto old = ReadBound(path, kMagic, 1000, "old");
  ASSERT_TRUE(old && *old);
  EXPECT_EQ((*old)->blobs, (std::vector<Blob>{{1}}));
  EXPECT_EQ(ReadBound(path, kMagic, 1000, "new").error().code, Code::kUnavailable);
}

TEST(SealedFile, EveryCutIsRefused) {
  const Blob whole = Seal(kMagic, {"{}", {{1, 2, 3}}});
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_NE(Refusal(std::span(whole).first(n)), "") << n;
  }
}

TEST(SealedFile, PartsThatDoNotFillItAreRefused) {
  SealWriter writer(kMagic, 1);
  writer.U32(2).Text("{}").U32(1).U32(4).Text("abc");
  EXPECT_EQ(Refusal(std::move(writer).Finish()), "its parts do not fill it");
}

// Written before the seal was shared; must be readable for ever.
TEST(SealedFile, BytesOfTheFirstReleaseAreRead) {
  const Blob bytes = {84,  69,  83,  84,  70, 73,  76,  49,  1,   0,   0,   0,   2,  0,   0,   0,
                      123, 125, 1,   0,   0,  0,   3,   0,   0,   0,   1,   2,   3,  85,  229, 19,
                      100, 252, 99,  47,  97, 107, 231, 191, 191, 254, 147, 86,  64, 117, 70,  146,
                      99,  124, 233, 176, 65, 230, 245, 176, 247, 7,   173, 219, 23};
  EXPECT_EQ(Seal(kMagic, {"{}", {{1, 2, 3}}}), bytes);
  EXPECT_EQ(Refusal(bytes), "");
}

}  // namespace
}  // namespace credence::predictor
