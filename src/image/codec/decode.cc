#include "image/decode.h"

#include <string>

#include "image/codec/codec.h"
#include "image/codec/orientation.h"
#include "image/codec/sniff.h"

namespace credence::image {
namespace {

Result<void> CheckLimits(const Header& header, const DecodeLimits& limits) {
  const std::string size =
      "image is " + std::to_string(header.width) + "x" + std::to_string(header.height) + " px";
  if (header.width > limits.side_px_max || header.height > limits.side_px_max) {
    return Error{Code::kTooLarge,
                 size + "; the limit is " + std::to_string(limits.side_px_max) + " a side"};
  }
  if (std::int64_t{header.width} * header.height > limits.pixels_max) {
    return Error{Code::kTooLarge,
                 size + "; the limit is " + std::to_string(limits.pixels_max) + " pixels"};
  }
  return {};
}

Result<Header> ReadHeader(const codec::Codec& codec, Bytes file, const DecodeLimits& limits) {
  Result<Header> header = codec.read_header(file);
  if (!header) return Annotate(header.error(), codec.title);
  if (const Result<void> fits = CheckLimits(*header, limits); !fits) return fits.error();
  return header;
}

Result<void> Take(const DecodeOptions& options, std::uint64_t bytes) {
  if (options.memory == nullptr || bytes <= kUncountedBytes) return {};
  return options.memory->Reach(bytes, "this picture");
}

// What the picture takes until it is decoded.
std::uint64_t MemoryOf(const Header& header, bool grey) {
  const int channels = grey && header.channels == 3 ? 1 : header.channels;
  return static_cast<std::uint64_t>(header.width) * static_cast<std::uint64_t>(header.height) *
             static_cast<std::uint64_t>(channels) +
         header.beside;
}

}  // namespace

std::string_view FormatName(Format format) {
  switch (format) {
    case Format::kPng:
      return "png";
    case Format::kJpeg:
      return "jpeg";
    case Format::kWebp:
      return "webp";
    case Format::kGif:
      return "gif";
    case Format::kBmp:
      return "bmp";
    case Format::kPnm:
      return "pnm";
    case Format::kTiff:
      return "tiff";
  }
  return "unknown";
}

Result<Header> ReadHeader(Bytes file, const DecodeLimits& limits) {
  const codec::Codec* codec = codec::Sniff(file);
  if (codec == nullptr) return codec::Unsupported(file);
  return ReadHeader(*codec, file, limits);
}

Result<void> Decode(Bytes file, const DecodeOptions& options, Decoded& out) {
  const codec::Codec* codec = codec::Sniff(file);
  if (codec == nullptr) return codec::Unsupported(file);
  const Result<Header> header = ReadHeader(*codec, file, options.limits);
  if (!header) return header.error();
  const Result<void> fits = Take(options, MemoryOf(*header, options.grey && codec->greys));
  if (!fits) return fits.error();
  out.source = *header;
  out.orientation = 1;
  if (const Result<void> done = codec->decode(file, options, out); !done) {
    if (options.stop != nullptr && options.stop->Raised()) return options.stop->Reason();
    return Annotate(done.error(), codec->title);
  }
  if (out.orientation == 1) return {};
  if (const Result<void> turned = Take(options, 2 * out.pixels.size()); !turned) return turned;
  codec::ApplyOrientation(out.orientation, out.pixels);
  return {};
}

}  // namespace credence::image
