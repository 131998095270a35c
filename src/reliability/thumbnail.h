// The thumbnail x: what the pixel side of reliability looks at.
//
// x is the luminance in [0,1] of the canonical picture: the decoded and adapted picture at the
// model's height and width, 8 bits a channel, before any numeric scaling. One channel, or three
// equal channels: that channel / 255; otherwise (0.299 R + 0.587 G + 0.114 B) / 255. If the longer
// side exceeds 32 px it is shrunk by area averaging to 32 on the longer side (the other side
// rounded, at least 1).
//
// For a request that sends numbers instead of a picture, undo the scaling of the profile, clip to
// [0,1] and use the overload for floats.
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace credence::reliability {

struct PictureShape {
  std::size_t height = 0;    // px
  std::size_t width = 0;     // px
  std::size_t channels = 1;  // 1 or 3

  std::size_t pixels() const { return height * width; }
  std::size_t size() const { return pixels() * channels; }
  friend bool operator==(const PictureShape&, const PictureShape&) = default;
};

inline constexpr std::size_t kThumbnailSideMax = 32;  // px
inline constexpr std::size_t kPixelSideMin = 4;       // px; smaller pictures have no pixel side

// The shape of x for pictures of `shape`: one channel, longer side at most 32; height and width 0
// when the picture has no pixel side.
PictureShape ThumbnailShape(const PictureShape& shape);

// picture: [height, width, channels], row-major. x: [ThumbnailShape(shape).size()].
void MakeThumbnail(std::span<const std::uint8_t> picture, const PictureShape& shape,
                   std::span<float> x);
// The same with levels in [0,1].
void MakeThumbnail(std::span<const float> picture, const PictureShape& shape, std::span<float> x);

}  // namespace credence::reliability
