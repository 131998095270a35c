// WebP by libwebp. Of an animation the first frame, on its canvas.
#include <webp/decode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "image/codec/bytes.h"
#include "image/codec/codec.h"
#include "image/codec/orientation.h"

namespace credence::image::codec {
namespace {

constexpr int kLossless = 2;  // WebPBitstreamFeatures::format
constexpr std::size_t kRiffHeaderBytes = 12, kChunkHeaderBytes = 8;

// The content of the first chunk called `name`; empty if there is none. A chunk that says it is
// longer than the file gives what there is.
Bytes FindChunk(Bytes file, std::string_view name) {
  for (std::size_t at = kRiffHeaderBytes; at + kChunkHeaderBytes <= file.size();) {
    const std::size_t length = Le32(file, at + 4);
    if (HasAt(file, at, name)) return Piece(file, at + kChunkHeaderBytes, length);
    at += kChunkHeaderBytes + length + length % 2;
  }
  return {};
}

// Where the picture is: the whole file, or the first frame of an animation on its canvas.
struct WebpLayout {
  int width = 0, height = 0;  // px of the canvas
  bool alpha = false;
  bool lossless = false;
  struct Frame {
    Bytes data;
    int x = 0, y = 0, width = 0, height = 0;
  };
  std::optional<Frame> frame;  // of an animation
};

Result<WebpLayout> ReadAnimation(Bytes file, const WebPBitstreamFeatures& canvas) {
  constexpr std::size_t kFrameHeaderBytes = 16;
  const Bytes chunk = FindChunk(file, "ANMF");
  if (chunk.size() <= kFrameHeaderBytes) return Invalid("the animation has no frame");
  WebpLayout layout{.width = canvas.width,
                    .height = canvas.height,
                    .alpha = canvas.has_alpha != 0,
                    .lossless = false,
                    .frame = WebpLayout::Frame{}};
  WebpLayout::Frame& frame = *layout.frame;
  frame.data = chunk.subspan(kFrameHeaderBytes);
  frame.x = static_cast<int>(2 * Le24(chunk, 0));
  frame.y = static_cast<int>(2 * Le24(chunk, 3));
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(frame.data.data(), frame.data.size(), &features) != VP8_STATUS_OK) {
    return Invalid("the first frame's header is damaged");
  }
  layout.lossless = features.format == kLossless;
  frame.width = features.width;
  frame.height = features.height;
  if (frame.x + frame.width > canvas.width || frame.y + frame.height > canvas.height) {
    return Invalid("the first frame reaches beyond the canvas");
  }
  const bool covers = frame.width == canvas.width && frame.height == canvas.height;
  layout.alpha = layout.alpha || features.has_alpha != 0 || !covers;
  return layout;
}

Result<WebpLayout> ReadWebpLayout(Bytes file) {
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(file.data(), file.size(), &features);
  if (status == VP8_STATUS_NOT_ENOUGH_DATA) return Invalid("the header is cut short");
  if (status != VP8_STATUS_OK) return Invalid("the header is damaged");
  if (features.has_animation != 0) return ReadAnimation(file, features);
  return WebpLayout{.width = features.width,
                    .height = features.height,
                    .alpha = features.has_alpha != 0,
                    .lossless = features.format == kLossless,
                    .frame = std::nullopt};
}

Result<Header> ReadWebpHeader(Bytes file) {
  const Result<WebpLayout> layout = ReadWebpLayout(file);
  if (!layout) return layout.error();
  auto header = MakeHeader(Format::kWebp, layout->width, layout->height, layout->alpha ? 4 : 3);
  if (!header) return header;
  // The library decodes a lossless picture to 4 bytes a pixel of its own, an alpha channel to one.
  const auto area =
      static_cast<std::uint64_t>(layout->width) * static_cast<std::uint64_t>(layout->height);
  header->beside = layout->lossless ? 4 * area : layout->alpha ? area : 0;
  return header;
}

// Decodes `data` into pixels from `first` on, in rows of `out`'s width.
Result<void> DecodeInto(Bytes data, std::uint8_t* first, Pixels& out) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) return Error{Code::kInternal, "another libwebp"};
  config.output.colorspace = out.channels == 4 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = first;
  config.output.u.RGBA.stride = out.width * out.channels;
  config.output.u.RGBA.size = out.data.size() - static_cast<std::size_t>(first - out.data.data());
  const VP8StatusCode status = WebPDecode(data.data(), data.size(), &config);
  WebPFreeDecBuffer(&config.output);
  if (status == VP8_STATUS_OK) return {};
  if (status == VP8_STATUS_OUT_OF_MEMORY) return OutOfMemory();
  return Invalid(status == VP8_STATUS_NOT_ENOUGH_DATA || status == VP8_STATUS_SUSPENDED
                     ? "the file is cut short"
                     : "the data is damaged");
}

Result<void> DecodeFrame(const WebpLayout::Frame& frame, const Header& canvas, Pixels& pixels) {
  pixels.Reshape(canvas.width, canvas.height, canvas.channels);
  std::fill(pixels.data.begin(), pixels.data.end(), std::uint8_t{0});
  std::uint8_t* const first = pixels.row(frame.y) + frame.x * canvas.channels;
  return DecodeInto(frame.data, first, pixels);
}

Result<void> DecodeWebp(Bytes file, const DecodeOptions&, Decoded& out) {
  const Result<WebpLayout> layout = ReadWebpLayout(file);
  if (!layout) return layout.error();
  const Header& header = out.source;
  out.orientation = ExifOrientation(FindChunk(file, "EXIF")).value_or(1);
  if (layout->frame) return DecodeFrame(*layout->frame, header, out.pixels);
  out.pixels.Reshape(header.width, header.height, header.channels);
  return DecodeInto(file, out.pixels.data.data(), out.pixels);
}

}  // namespace

const Codec kWebp = {Format::kWebp, "WebP", ReadWebpHeader, DecodeWebp};

}  // namespace credence::image::codec
