#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string_view>
#include <vector>

namespace credence {
namespace {

std::uint32_t Crc(std::string_view text) {
  return ExtendCrc32c(0, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

// The check value of the CRC catalogue, and those of RFC 3720, B.4.
TEST(Crc32c, KnownValues) {
  EXPECT_EQ(Crc(""), 0u);
  EXPECT_EQ(Crc("123456789"), 0xe3069283u);
  EXPECT_EQ(
      Crc(std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32)),
      0x8a9136aau);
  std::vector<std::uint8_t> rising(32);
  std::iota(rising.begin(), rising.end(), std::uint8_t{0});
  EXPECT_EQ(ExtendCrc32c(0, rising), 0x46dd794eu);
}

TEST(Crc32c, PiecesGiveTheSameAsTheWhole) {
  std::vector<std::uint8_t> bytes(100);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{7});
  const std::span<const std::uint8_t> whole(bytes);
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    EXPECT_EQ(ExtendCrc32c(ExtendCrc32c(0, whole.first(cut)), whole.subspan(cut)),
              ExtendCrc32c(0, whole));
  }
}

}  // namespace
}  // namespace credence
