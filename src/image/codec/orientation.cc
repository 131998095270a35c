#include "image/codec/orientation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "image/codec/bytes.h"

namespace credence::image::codec {

int ExifOrientation(Bytes tiff) {
  constexpr std::size_t kEntryBytes = 12;
  constexpr std::uint16_t kOrientationTag = 0x0112, kShort = 3;
  const bool little = HasAt(tiff, 0, "II*");
  if (tiff.size() < 8 || (!little && !HasAt(tiff, 0, "MM"))) return 1;
  const auto u16 = [&](std::size_t at) { return little ? Le16(tiff, at) : Be16(tiff, at); };
  const std::size_t directory = little ? Le32(tiff, 4) : Be32(tiff, 4);
  if (directory > tiff.size() - 2) return 1;
  const std::size_t entries = u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * kEntryBytes;
    if (at + kEntryBytes > tiff.size()) return 1;
    if (u16(at) != kOrientationTag || u16(at + 2) != kShort) continue;
    const int value = u16(at + 8);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

void ApplyOrientation(int orientation, Pixels& pixels) {
  if (orientation < 2 || orientation > 8) return;
  const bool transpose = orientation >= 5;
  const bool flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Pixels turned;
  turned.Reshape(transpose ? pixels.height : pixels.width, transpose ? pixels.width : pixels.height,
                 pixels.channels);
  const auto channels = static_cast<std::size_t>(pixels.channels);
  std::uint8_t* to = turned.data.data();
  for (int y = 0; y < turned.height; ++y) {
    for (int x = 0; x < turned.width; ++x) {
      const int along = transpose ? y : x, down = transpose ? x : y;
      const int from_x = flip_x ? pixels.width - 1 - along : along;
      const int from_y = flip_y ? pixels.height - 1 - down : down;
      to = std::copy_n(pixels.row(from_y) + static_cast<std::size_t>(from_x) * channels, channels,
                       to);
    }
  }
  std::swap(pixels, turned);
}

}  // namespace credence::image::codec
