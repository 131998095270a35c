#include "image/codec/orientation.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace credence::image::codec {
namespace {

constexpr std::uint8_t kByte = 1, kText = 2, kShort = 3, kLong = 4;

// II, first directory at 8, one entry: orientation, `type`, 1, `value`.
std::vector<std::uint8_t> LittleEndian(std::uint8_t value, std::uint8_t type = kShort) {
  return {'I', 'I', '*', 0, 8, 0, 0, 0, 1, 0, 0x12, 1, type, 0, 1, 0, 0, 0, value, 0, 0, 0};
}

// MM, the same; the value's four bytes are `value`.
std::vector<std::uint8_t> BigEndian(std::array<std::uint8_t, 4> value, std::uint8_t type) {
  return {'M',  'M', 0,    '*', 0, 0, 0, 8,        0,        1,        1,
          0x12, 0,   type, 0,   0, 0, 1, value[0], value[1], value[2], value[3]};
}

TEST(ExifOrientation, ReadsBothByteOrdersAndEachWholeNumber) {
  EXPECT_EQ(ExifOrientation(LittleEndian(6)), 6);
  EXPECT_EQ(ExifOrientation(LittleEndian(6, kByte)), 6);
  EXPECT_EQ(ExifOrientation(LittleEndian(6, kLong)), 6);
  EXPECT_EQ(ExifOrientation(BigEndian({0, 8, 0, 0}, kShort)), 8);
  EXPECT_EQ(ExifOrientation(BigEndian({8, 0, 0, 0}, kByte)), 8);
  EXPECT_EQ(ExifOrientation(BigEndian({0, 0, 0, 8}, kLong)), 8);
}

TEST(ExifOrientation, StepsOverItsPrefix) {
  std::vector<std::uint8_t> block = LittleEndian(6);
  block.insert(block.begin(), {'E', 'x', 'i', 'f', 0, 0});
  EXPECT_EQ(ExifOrientation(block), 6);
}

TEST(ExifOrientation, TakesTheFirstValidEntry) {
  std::vector<std::uint8_t> block = LittleEndian(9);
  const std::vector<std::uint8_t> second = LittleEndian(3);
  block[8] = 2;
  block.insert(block.end(), second.begin() + 10, second.end());
  EXPECT_EQ(ExifOrientation(block), 3);
}

TEST(ExifOrientation, IsNoneWhenDamaged) {
  EXPECT_EQ(ExifOrientation({}), std::nullopt);
  EXPECT_EQ(ExifOrientation(LittleEndian(0)), std::nullopt);
  EXPECT_EQ(ExifOrientation(LittleEndian(9)), std::nullopt);
  EXPECT_EQ(ExifOrientation(LittleEndian(6, kText)), std::nullopt);
  EXPECT_EQ(ExifOrientation(BigEndian({0, 1, 0, 6}, kLong)), std::nullopt);
  std::vector<std::uint8_t> cut = LittleEndian(6);
  cut.pop_back();
  EXPECT_EQ(ExifOrientation(cut), std::nullopt);
  std::vector<std::uint8_t> astray = LittleEndian(6);
  astray[4] = 0xff;
  EXPECT_EQ(ExifOrientation(astray), std::nullopt);
}

TEST(ApplyOrientation, TurnsAQuarterClockwiseFor6) {
  Pixels pixels{3, 2, 1, {1, 2, 3, 4, 5, 6}};
  ApplyOrientation(6, pixels);
  EXPECT_EQ(pixels, (Pixels{2, 3, 1, {4, 1, 5, 2, 6, 3}}));
}

TEST(ApplyOrientation, MirrorsFor2) {
  Pixels pixels{3, 1, 2, {1, 2, 3, 4, 5, 6}};
  ApplyOrientation(2, pixels);
  EXPECT_EQ(pixels, (Pixels{3, 1, 2, {5, 6, 3, 4, 1, 2}}));
}

}  // namespace
}  // namespace credence::image::codec
