// Decode turns the bytes of a picture file into Pixels. The format is found by content, never by
// name or Content-Type; limits are held against the header before any pixel is decoded.
//
// Formats: PNG and APNG (first frame), JPEG, WebP, GIF (first frame), BMP, PNM (P1-P6), TIFF (build
//          option). Anything else is refused with the name of what it seems to be.
// Colour:  stored levels as they are, no ICC, no gamma; 16 bit -> 8 bit by round(v / 257);
//          CMYK -> RGB as Pillow does; palettes expanded; Exif orientation applied.
// Size:    always the full one. JPEG's own reduced decode is off by several levels where pixels are
//          clipped, as beside ink on white paper, so that a file would get another answer.
// Cost:    memory is pixels x channels once, what the format needs beside them (Header::beside),
//          and the pixels once more while they are turned; taken from DecodeOptions::memory first.
// Threads: pure functions; each codec's state lives on the stack of the call.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/byte_budget.h"
#include "base/result.h"
#include "base/stop_sign.h"
#include "image/pixels.h"

namespace credence::image {

using Bytes = std::span<const std::uint8_t>;

enum class Format { kPng, kJpeg, kWebp, kGif, kBmp, kPnm, kTiff };  // kTiff: the last

// "png", "jpeg", "webp", "gif", "bmp", "pnm", "tiff".
std::string_view FormatName(Format format);

struct DecodeLimits {
  std::int64_t pixels_max = 50'000'000;  // width x height; each costs up to 4 bytes of memory
  int side_px_max = 30'000;              // each side
};

struct Header {
  Format format = Format::kPng;
  int width = 0;     // px, as stored (before Exif orientation)
  int height = 0;    // px
  int channels = 0;  // of Pixels as Decode would give them, 1..4
  // Bytes of memory that decoding takes beside the file and the pixels, if that is much.
  std::uint64_t beside = 0;
  bool several_scans = false;  // a JPEG that is kept as coefficients until its last scan is read
};

// Reads format and size only. Takes microseconds, whatever the file claims.
// Errors: kUnsupportedFormat - not a format that is accepted, or empty;
//         kInvalidImage      - the header is damaged or cut short;
//         kTooLarge          - over `limits`.
Result<Header> ReadHeader(Bytes file, const DecodeLimits& limits);

struct DecodeOptions {
  DecodeLimits limits = {};
  // Nobody looks at the colours: a codec may give the luma of each pixel (colour.h) in their place.
  bool grey = false;
  const StopSign* stop = nullptr;  // looked at while a picture is decoded
  HeldBytes* memory = nullptr;     // grows by what is over kUncountedBytes
};

// What Decode gives. Reuse one object per thread: its buffers keep their capacity.
struct Decoded {
  Pixels pixels;        // upright (orientation applied)
  Header source;        // the file's own format, size, channels
  int orientation = 1;  // Exif orientation that was applied, 1..8; 1 = none
};

// Errors: as ReadHeader; kInvalidImage - damaged, truncated or inconsistent pixel data;
//         kResourceExhausted, kTooLarge - the memory is not there; what `stop` says.
// On an error `out` is unspecified.
Result<void> Decode(Bytes file, const DecodeOptions& options, Decoded& out);

}  // namespace credence::image
