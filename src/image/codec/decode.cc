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
  out.source = *header;
  out.orientation = 1;
  if (const Result<void> done = codec->decode(file, options, out); !done) {
    return Annotate(done.error(), codec->title);
  }
  codec::ApplyOrientation(out.orientation, out.pixels);
  return {};
}

}  // namespace credence::image
