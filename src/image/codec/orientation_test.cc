#include "image/codec/orientation.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace credence::image::codec {
namespace {

// II, first directory at 8, one entry: orientation, SHORT, 1, `value`.
std::vector<std::uint8_t> LittleEndian(std::uint8_t value) {
  return {'I', 'I', '*', 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0};
}

TEST(ExifOrientation, ReadsBothByteOrders) {
  EXPECT_EQ(ExifOrientation(LittleEndian(6)), 6);
  const std::vector<std::uint8_t> big = {'M',  'M', 0, '*', 0, 0, 0, 8, 0, 1, 1,
                                         0x12, 0,   3, 0,   0, 0, 1, 0, 8, 0, 0};
  EXPECT_EQ(ExifOrientation(big), 8);
}

TEST(ExifOrientation, IsUprightWhenDamaged) {
  EXPECT_EQ(ExifOrientation({}), 1);
  EXPECT_EQ(ExifOrientation(LittleEndian(0)), 1);
  EXPECT_EQ(ExifOrientation(LittleEndian(9)), 1);
  std::vector<std::uint8_t> cut = LittleEndian(6);
  cut.pop_back();
  EXPECT_EQ(ExifOrientation(cut), 1);
  std::vector<std::uint8_t> astray = LittleEndian(6);
  astray[4] = 0xff;
  EXPECT_EQ(ExifOrientation(astray), 1);
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
