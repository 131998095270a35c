#include "image/codec/orientation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "image/codec/bytes.h"

namespace credence::image::codec {

namespace {

constexpr std::uint16_t kByte = 1, kShort = 3, kLong = 4;

}  // namespace

std::optional<int> ExifOrientation(Bytes block) {
  constexpr std::size_t kEntryBytes = 12, kPrefixBytes = 6;
  constexpr std::uint16_t kOrientationTag = 0x0112;
  const Bytes tiff = HasAt(block, 0, "Exif") ? Piece(block, kPrefixBytes) : block;
  const bool little = HasAt(tiff, 0, "II*");
  if (tiff.size() < 8 || (!little && !HasAt(tiff, 0, "MM"))) return std::nullopt;
  const auto u16 = [&](std::size_t at) { return little ? Le16(tiff, at) : Be16(tiff, at); };
  const auto u32 = [&](std::size_t at) { return little ? Le32(tiff, at) : Be32(tiff, at); };
  const std::size_t directory = u32(4);
  if (directory > tiff.size() - 2) return std::nullopt;
  const std::size_t entries = u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * kEntryBytes;
    if (at + kEntryBytes > tiff.size()) return std::nullopt;
    if (u16(at) != kOrientationTag) continue;
    std::uint32_t value = 0;
    switch (u16(at + 2)) {
      case kByte:
        value = tiff[at + 8];
        break;
      case kShort:
        value = u16(at + 8);
        break;
      case kLong:
        value = u32(at + 8);
        break;
      default:
        break;
    }
    if (value >= 1 && value <= 8) return static_cast<int>(value);
  }
  return std::nullopt;
}

void ApplyOrientation(int orientation, Pixels& pixels) {
  if (orientation < 2 || orientation > 8) return;
  const bool transpose = orientation >= 5;
  const bool flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Pixels turned;
  turned.Reshape(transpose ? pixels.height : pixels.width, transpose ? pixels.width : pixels.height,
                 pixels.channels);
  const auto channels = static_cast<std::ptrdiff_t>(pixels.channels);
  const std::ptrdiff_t row = pixels.width * channels;
  // From one pixel of `turned` to the next, along and down, in `pixels`.
  const std::ptrdiff_t across = flip_x ? -channels : channels;
  const std::ptrdiff_t below = flip_y ? -row : row;
  const std::ptrdiff_t step_x = transpose ? below : across;
  const std::ptrdiff_t step_y = transpose ? across : below;
  const std::uint8_t* const origin = pixels.data.data() + (flip_y ? (pixels.height - 1) * row : 0) +
                                     (flip_x ? (pixels.width - 1) * channels : 0);
  // Tile by tile, so that what one of a column's pixels fetches serves its neighbours, too.
  constexpr int kTile = 64;
  for (int top = 0; top < turned.height; top += kTile) {
    for (int left = 0; left < turned.width; left += kTile) {
      const int right = std::min(left + kTile, turned.width);
      for (int y = top; y < std::min(top + kTile, turned.height); ++y) {
        std::uint8_t* to = turned.row(y) + left * channels;
        const std::uint8_t* from = origin + y * step_y + left * step_x;
        for (int x = left; x < right; ++x, from += step_x) {
          for (std::ptrdiff_t c = 0; c < channels; ++c) *to++ = from[c];
        }
      }
    }
  }
  std::swap(pixels, turned);
}

}  // namespace credence::image::codec
