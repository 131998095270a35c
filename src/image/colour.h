// How a decoded picture's channels become the one or three that a model wants.
//
// Colour is converted row by row, so that a 50-megapixel picture needs no second copy of itself.
// Threads: pure functions; ColourView is immutable and borrows the picture.
#pragma once

#include <cstdint>
#include <vector>

#include "image/pixels.h"

namespace credence::image {

// What the opaque part of a picture is composited over.
enum class Backdrop { kNone, kWhite, kBlack };

// Chooses the backdrop on which the content of `pixels` stays visible: black when the opaque part
// is mostly light (alpha-weighted mean luma >= 128), else white; kNone when every pixel is opaque.
Backdrop ChooseBackdrop(const Pixels& pixels);

// ITU-R 601 luma as Pillow's `L`.
constexpr std::uint8_t Luma(int red, int green, int blue) {
  return static_cast<std::uint8_t>((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16);
}

// The luma of each pixel of a row of RGB.
void RowOfRgbToGrey(const std::uint8_t* in, int width, std::uint8_t* out);

// A picture seen as opaque grey (1 channel) or RGB (3 channels).
class ColourView {
 public:
  // Sees `pixels` composited over the backdrop that suits it, in grey when it has no colour or
  // `wanted_channels` is 1. REQUIRES: `pixels` outlives the view.
  ColourView(const Pixels& pixels, int wanted_channels);

  int width() const { return pixels_->width; }
  int height() const { return pixels_->height; }
  int channels() const { return channels_; }  // 1 or 3
  Backdrop backdrop() const { return backdrop_; }
  bool drops_colour() const { return pixels_->channels >= 3 && channels_ == 1; }

  // Row y, [width, channels]: the picture's own memory, or `buffer`, which grows as needed.
  const std::uint8_t* Row(int y, std::vector<std::uint8_t>& buffer) const;

 private:
  const Pixels* pixels_;
  int channels_;
  Backdrop backdrop_;
};

// Writes all of `view` to `out`.
void Materialise(const ColourView& view, Pixels& out);

// Copies the grey channel of `grey` into each of `channels`. REQUIRES: grey.channels == 1.
void CopyChannels(const Pixels& grey, int channels, Pixels& out);

}  // namespace credence::image
