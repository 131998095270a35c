// Codec is what Decode needs of a format: two functions. Internal to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "image/decode.h"

namespace credence::image::codec {

struct Codec {
  Format format;
  std::string_view title;  // "PNG"
  // Format, size and channels of a file that Sniff took for this format; no pixel is touched.
  // Errors: kInvalidImage, without the title in front.
  Result<Header> (*read_header)(Bytes file);
  // Fills out.pixels as stored and out.orientation with what the file says; out.source is set.
  // REQUIRES: out.source is this file's header and is within options.limits; the memory is taken.
  // Errors: kInvalidImage, without the title in front; any when the stop sign is raised.
  Result<void> (*decode)(Bytes file, const DecodeOptions& options, Decoded& out);
  bool greys = false;  // whether it does what options.grey allows
};

extern const Codec kPng, kJpeg, kWebp, kGif, kBmp, kPnm;
#ifdef CREDENCE_TIFF
extern const Codec kTiff;
#endif

inline Error Invalid(std::string_view what) { return {Code::kInvalidImage, std::string(what)}; }

// A library that was given no memory: no fault of the picture.
inline Error OutOfMemory() { return {Code::kResourceExhausted, "out of memory"}; }

// Whether to give up before row `y`.
inline bool Stopped(const DecodeOptions& options, int y) {
  return options.stop != nullptr && y % 16 == 0 && options.stop->Raised();
}

// The header, or kInvalidImage for a side of 0 or beyond what any format allows (2^31 - 1).
inline Result<Header> MakeHeader(Format format, std::int64_t width, std::int64_t height,
                                 int channels) {
  if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX) {
    return Invalid("a picture of " + std::to_string(width) + "x" + std::to_string(height) + " px");
  }
  return Header{.format = format,
                .width = static_cast<int>(width),
                .height = static_cast<int>(height),
                .channels = channels};
}

}  // namespace credence::image::codec
