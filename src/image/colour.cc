#include "image/colour.h"

#include <algorithm>
#include <cstddef>

namespace credence::image {
namespace {

bool HasAlpha(const Pixels& pixels) { return pixels.channels == 2 || pixels.channels == 4; }

std::uint8_t LumaOf(const std::uint8_t* pixel, int channels) {
  return channels >= 3 ? Luma(pixel[0], pixel[1], pixel[2]) : pixel[0];
}

// round((level * alpha + backdrop * (255 - alpha)) / 255), without a division.
std::uint8_t Blend(int level, int alpha, int backdrop) {
  const int sum = level * alpha + backdrop * (255 - alpha) + 128;
  return static_cast<std::uint8_t>((sum + (sum >> 8)) >> 8);
}

void CompositeRow(const std::uint8_t* in, int width, int channels, int backdrop, bool to_grey,
                  std::uint8_t* out) {
  for (int x = 0; x < width; ++x, in += channels) {
    const int alpha = in[channels - 1];
    if (channels == 2) {
      *out++ = Blend(in[0], alpha, backdrop);
      continue;
    }
    const std::uint8_t red = Blend(in[0], alpha, backdrop);
    const std::uint8_t green = Blend(in[1], alpha, backdrop);
    const std::uint8_t blue = Blend(in[2], alpha, backdrop);
    if (to_grey) {
      *out++ = Luma(red, green, blue);
    } else {
      *out++ = red;
      *out++ = green;
      *out++ = blue;
    }
  }
}

}  // namespace

void RowOfRgbToGrey(const std::uint8_t* in, int width, std::uint8_t* out) {
  for (int x = 0; x < width; ++x) out[x] = Luma(in[3 * x], in[3 * x + 1], in[3 * x + 2]);
}

Backdrop ChooseBackdrop(const Pixels& pixels) {
  if (!HasAlpha(pixels)) return Backdrop::kNone;
  std::uint64_t alpha_sum = 0;
  std::uint64_t luma_sum = 0;
  bool opaque = true;
  const std::uint8_t* pixel = pixels.data.data();
  for (std::size_t left = pixels.size(); left > 0;
       left -= static_cast<std::size_t>(pixels.channels), pixel += pixels.channels) {
    const std::uint64_t alpha = pixel[pixels.channels - 1];
    opaque = opaque && alpha == 255;
    alpha_sum += alpha;
    luma_sum += alpha * LumaOf(pixel, pixels.channels);
  }
  if (opaque) return Backdrop::kNone;
  const bool mostly_light = alpha_sum > 0 && luma_sum >= 128 * alpha_sum;
  return mostly_light ? Backdrop::kBlack : Backdrop::kWhite;
}

ColourView::ColourView(const Pixels& pixels, int wanted_channels)
    : pixels_(&pixels),
      channels_(pixels.channels >= 3 && wanted_channels == 3 ? 3 : 1),
      backdrop_(ChooseBackdrop(pixels)) {}

const std::uint8_t* ColourView::Row(int y, std::vector<std::uint8_t>& buffer) const {
  const std::uint8_t* row = pixels_->row(y);
  if (pixels_->channels == channels_) return row;
  buffer.resize(static_cast<std::size_t>(width()) * static_cast<std::size_t>(channels_));
  if (pixels_->channels == 3) {
    RowOfRgbToGrey(row, width(), buffer.data());
  } else {
    const int backdrop = backdrop_ == Backdrop::kWhite ? 255 : 0;
    CompositeRow(row, width(), pixels_->channels, backdrop, channels_ == 1, buffer.data());
  }
  return buffer.data();
}

void Materialise(const ColourView& view, Pixels& out) {
  out.Reshape(view.width(), view.height(), view.channels());
  std::vector<std::uint8_t> buffer;
  const std::ptrdiff_t row_bytes = static_cast<std::ptrdiff_t>(view.width()) * view.channels();
  for (int y = 0; y < view.height(); ++y) {
    const std::uint8_t* row = view.Row(y, buffer);
    std::copy(row, row + row_bytes, out.row(y));
  }
}

void CopyChannels(const Pixels& grey, int channels, Pixels& out) {
  out.Reshape(grey.width, grey.height, channels);
  std::uint8_t* to = out.data.data();
  for (const std::uint8_t level : grey.data) to = std::fill_n(to, channels, level);
}

}  // namespace credence::image
