#include "predictor/sealed_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::predictor {
namespace {

using testing::HasSubstr;

constexpr std::string_view kMagic = "TESTFIL1";

Result<Sealed> Read(const std::string& text) {
  return Unseal(kMagic, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}
std::string Refusal(const std::string& text) {
  const auto read = Read(text);
  return read ? "" : read.error().message;
}

TEST(SealedFile, GivesBackWhatWasSealed) {
  const auto read = Read(Seal(kMagic, {"{\"a\": 1}", {{1, 2, 3}, {}, {255}}}));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->header, "{\"a\": 1}");
  EXPECT_EQ(read->blobs, (std::vector<Blob>{{1, 2, 3}, {}, {255}}));
}

TEST(SealedFile, AFlippedBitAnywhereIsRefused) {
  const std::string whole = Seal(kMagic, {"{}", {{1, 2, 3}}});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_NE(Refusal(flipped), "") << i;
  }
}

TEST(SealedFile, EveryCutIsRefused) {
  const std::string whole = Seal(kMagic, {"{}", {{1, 2, 3}}});
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_NE(Refusal(whole.substr(0, n)), "") << n;
}

TEST(SealedFile, SaysWhatIsWrong) {
  std::string whole = Seal(kMagic, {"{}", {}});
  EXPECT_EQ(Refusal(Seal("OTHERFI1", {"{}", {}})), "does not begin with TESTFIL1");
  whole[8] = 2;
  EXPECT_EQ(Refusal(whole), "format version 2; this build reads 1");
  EXPECT_EQ(Refusal("x"), "truncated: 1 bytes");
}

}  // namespace
}  // namespace credence::predictor
