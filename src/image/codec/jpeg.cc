// JPEG by TurboJPEG. A progressive file also costs its coefficients: 2 bytes a sample of the
// full-size picture while it is decoded.
#include <turbojpeg.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "image/codec/bytes.h"
#include "image/codec/codec.h"
#include "image/codec/jpeg_segments.h"

namespace credence::image::codec {
namespace {

// Each scan walks over the whole picture, even if it holds nothing. Encoders write about ten.
constexpr int kScansMax = 64;

constexpr int kFlags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;

struct DestroyHandle {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Handle = std::unique_ptr<std::remove_pointer_t<tjhandle>, DestroyHandle>;

struct Info {
  int width = 0, height = 0, colorspace = -1;  // colorspace: TJCS_*

  int channels() const { return colorspace == TJCS_GRAY ? 1 : 3; }
  bool four_inks() const { return colorspace == TJCS_CMYK || colorspace == TJCS_YCCK; }
};

// What TurboJPEG has to say: not every JPEG is damaged that it does not read.
Error DecoderError(const Handle& handle) {
  const std::string_view text = tjGetErrorStr2(handle.get());
  if (text.starts_with("Insufficient memory") || text.find("allocation failure") != text.npos) {
    return OutOfMemory();
  }
  if (text.starts_with("Unsupported")) return {Code::kUnsupportedFormat, std::string(text)};
  return Invalid(text);
}

Result<Info> ReadInfo(const Handle& handle, Bytes file) {
  if (handle == nullptr) return OutOfMemory();
  Info info;
  int subsampling = 0;
  const int status = tjDecompressHeader3(handle.get(), file.data(), file.size(), &info.width,
                                         &info.height, &subsampling, &info.colorspace);
  // TurboJPEG has no name for some samplings, and says so, but decodes them. Warnings about the
  // header cost no pixel (see jpeg_segments.h).
  const bool readable = info.width > 0 && info.height > 0 && info.colorspace >= 0;
  if (status != 0 && !readable) return DecoderError(handle);
  return info;
}

Result<Header> ReadJpegHeader(Bytes file) {
  const Handle handle(tjInitDecompress());
  const Result<Info> info = ReadInfo(handle, file);
  if (!info) return info.error();
  return MakeHeader(Format::kJpeg, info->width, info->height, info->channels());
}

// Whether `error` is the first thing wrong and comes after the last pixel: bytes that pad the end
// of the data, as some cameras write them. (With restart markers it could come earlier.)
bool OnlyPadded(const Error& error, const JpegSegments& segments) {
  return !segments.restarts && error.message.ends_with("extraneous bytes before marker 0xd9");
}

// CMYK as Adobe stores it (0: full ink) -> RGB, in place.
void InksToRgb(Pixels& pixels) {
  const std::size_t count = pixels.data.size() / 4;
  const std::uint8_t* from = pixels.data.data();
  std::uint8_t* to = pixels.data.data();
  for (std::size_t i = 0; i < count; ++i, from += 4) {
    const int light = from[3];
    for (int c = 0; c < 3; ++c) {
      const int product = (255 - from[c]) * light + 128;  // / 255, rounded, as Pillow does
      *to++ = static_cast<std::uint8_t>(light - (((product >> 8) + product) >> 8));
    }
  }
  pixels.Reshape(pixels.width, pixels.height, 3);
}

Result<void> DecodeJpeg(Bytes file, const DecodeOptions&, Decoded& out) {
  const Result<JpegSegments> segments = ReadSegments(file);
  if (!segments) return segments.error();
  if (segments->scans > kScansMax) {
    return Invalid(std::to_string(segments->scans) + " scans; the limit is " +
                   std::to_string(kScansMax));
  }
  const Bytes shown = segments->mended.empty() ? file : Bytes(segments->mended);
  const Handle handle(tjInitDecompress());
  const Result<Info> info = ReadInfo(handle, shown);
  if (!info) return info.error();
  const int format = info->four_inks() ? TJPF_CMYK : info->channels() == 1 ? TJPF_GRAY : TJPF_RGB;
  Pixels& pixels = out.pixels;
  pixels.Reshape(info->width, info->height, tjPixelSize[format]);
  const auto decode = [&](int flags) {
    return tjDecompress2(handle.get(), shown.data(), shown.size(), pixels.data.data(), pixels.width,
                         0, pixels.height, format, flags) == 0;
  };
  if (!decode(kFlags)) {
    const Error error = DecoderError(handle);
    if (!OnlyPadded(error, *segments)) return error;
    if (!decode(kFlags & ~TJFLAG_STOPONWARNING) && tjGetErrorCode(handle.get()) != TJERR_WARNING) {
      return DecoderError(handle);
    }
  }
  if (info->four_inks()) InksToRgb(pixels);
  out.orientation = segments->orientation;
  return {};
}

}  // namespace

const Codec kJpeg = {Format::kJpeg, "JPEG", ReadJpegHeader, DecodeJpeg};

}  // namespace credence::image::codec
