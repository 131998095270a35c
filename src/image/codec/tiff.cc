// TIFF by libtiff: the first page, grey, RGB, palette or YCbCr, with or without alpha, in any
// compression that the library has. In the build only with CREDENCE_TIFF: libtiff had 50 published
// vulnerabilities between 2022 and 2025.
#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "image/codec/bytes.h"
#include "image/codec/codec.h"

namespace credence::image::codec {
namespace {

constexpr tmsize_t kAllocationBytesMax = tmsize_t{256} << 20;  // libtiff's own, a piece

// The file in memory, and what the library says of it first.
struct Source {
  Bytes file;
  std::size_t at = 0;
  std::string trouble;
};

Source& Of(thandle_t handle) { return *static_cast<Source*>(handle); }

tmsize_t Read(thandle_t handle, void* to, tmsize_t count) {
  Source& source = Of(handle);
  const Bytes piece = Piece(source.file, source.at, static_cast<std::size_t>(count));
  if (!piece.empty()) std::memcpy(to, piece.data(), piece.size());
  source.at += piece.size();
  return static_cast<tmsize_t>(piece.size());
}

tmsize_t RefuseWrite(thandle_t, void*, tmsize_t) { return 0; }

toff_t Seek(thandle_t handle, toff_t offset, int whence) {
  Source& source = Of(handle);
  const toff_t from = whence == SEEK_CUR ? source.at : whence == SEEK_END ? source.file.size() : 0;
  source.at = static_cast<std::size_t>(std::min<toff_t>(from + offset, source.file.size()));
  return source.at;
}

int Close(thandle_t) { return 0; }
toff_t Size(thandle_t handle) { return Of(handle).file.size(); }

int OnError(TIFF*, void* user, const char*, const char* format, va_list values) {
  std::string& trouble = static_cast<Source*>(user)->trouble;
  char text[200];
  if (trouble.empty() && std::vsnprintf(text, sizeof text, format, values) > 0) trouble = text;
  return 1;
}

int OnWarning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

// libtiff has no code for it, only these words.
bool WantsMemory(std::string_view trouble) {
  for (const std::string_view words : {"Out of memory", "out of memory", "No space"}) {
    if (trouble.find(words) != trouble.npos) return true;
  }
  return false;
}

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};

// A TIFF opened at its first page.
class Page {
 public:
  explicit Page(Bytes file) : source_{.file = file, .at = 0, .trouble = {}} {
    TIFFOpenOptions* const options = TIFFOpenOptionsAlloc();
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, kAllocationBytesMax);
    TIFFOpenOptionsSetErrorHandlerExtR(options, OnError, &source_);
    TIFFOpenOptionsSetWarningHandlerExtR(options, OnWarning, nullptr);
    // "m": the file is not mapped; it is in memory already.
    tiff_.reset(TIFFClientOpenExt("TIFF", "rm", &source_, Read, RefuseWrite, Seek, Close, Size,
                                  nullptr, nullptr, options));
    TIFFOpenOptionsFree(options);
  }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  TIFF* get() const { return tiff_.get(); }
  Error Damage() const {
    if (WantsMemory(source_.trouble)) return OutOfMemory();
    return Invalid(source_.trouble.empty() ? "the file is damaged" : source_.trouble);
  }

  // The value of a tag of 16 bits; the standard's default where the file has none.
  std::uint16_t Tag(std::uint32_t tag) const {
    std::uint16_t value = 0;
    return TIFFGetFieldDefaulted(get(), tag, &value) == 1 ? value : std::uint16_t{0};
  }

 private:
  Source source_;
  std::unique_ptr<TIFF, CloseTiff> tiff_;
};

bool IsGrey(std::uint16_t photometric) {
  return photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
}

// What the extra sample says of itself: EXTRASAMPLE_UNSPECIFIED is no alpha.
std::uint16_t Alpha(const Page& page) {
  std::uint16_t count = 0;
  std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(page.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds);
  return count == 0 ? std::uint16_t{EXTRASAMPLE_UNSPECIFIED} : kinds[0];
}

Result<Header> HeaderOf(const Page& page) {
  std::uint32_t width = 0, height = 0;
  if (page.get() == nullptr) return page.Damage();
  if (TIFFGetField(page.get(), TIFFTAG_IMAGEWIDTH, &width) != 1 ||
      TIFFGetField(page.get(), TIFFTAG_IMAGELENGTH, &height) != 1) {
    return Invalid("the page does not say how large it is");
  }
  const std::uint16_t photometric = page.Tag(TIFFTAG_PHOTOMETRIC);
  if (!IsGrey(photometric) && photometric != PHOTOMETRIC_RGB &&
      photometric != PHOTOMETRIC_PALETTE && photometric != PHOTOMETRIC_YCBCR) {
    return Invalid("colours of kind " + std::to_string(photometric) +
                   "; grey, RGB, palette and YCbCr are read");
  }
  const int colours = IsGrey(photometric) ? 1 : 3;
  const int alpha = Alpha(page) != EXTRASAMPLE_UNSPECIFIED ? 1 : 0;
  auto header = MakeHeader(Format::kTiff, width, height, colours + alpha);
  if (!header) return header;
  // RGBA of all of it, and a tile or a strip as it is stored.
  const bool tiled = TIFFIsTiled(page.get()) != 0;
  const tmsize_t piece = tiled ? TIFFTileSize(page.get()) : TIFFStripSize(page.get());
  header->beside = std::uint64_t{4} * width * height +
                   static_cast<std::uint64_t>(std::clamp(piece, tmsize_t{0}, kAllocationBytesMax));
  return header;
}

Result<Header> ReadTiffHeader(Bytes file) { return HeaderOf(Page(file)); }

// RGBA of the page as it is stored, its colours not multiplied by an alpha that is apart from them.
Result<std::vector<std::uint32_t>> ReadRaster(const Page& page, const Header& header) {
  char message[1024] = "";
  TIFFRGBAImage image;
  if (TIFFRGBAImageBegin(&image, page.get(), 1, message) != 1) {
    if (message[0] == '\0' || WantsMemory(message)) return page.Damage();
    return Invalid(message);
  }
  const std::unique_ptr<TIFFRGBAImage, decltype(&TIFFRGBAImageEnd)> end(&image, TIFFRGBAImageEnd);
  image.req_orientation = image.orientation;
  if (image.UaToAa != nullptr) {
    for (std::size_t i = 0; i < 1 << 16; ++i) image.UaToAa[i] = static_cast<std::uint8_t>(i & 255);
  }
  std::vector<std::uint32_t> raster(static_cast<std::size_t>(header.width) *
                                    static_cast<std::size_t>(header.height));
  if (TIFFRGBAImageGet(&image, raster.data(), static_cast<std::uint32_t>(header.width),
                       static_cast<std::uint32_t>(header.height)) != 1) {
    return page.Damage();
  }
  return raster;
}

Result<void> DecodeTiff(Bytes file, const DecodeOptions&, Decoded& out) {
  const Page page(file);
  const Result<Header> header = HeaderOf(page);
  if (!header) return header.error();
  const auto raster = ReadRaster(page, *header);
  if (!raster) return raster.error();
  out.orientation = page.Tag(TIFFTAG_ORIENTATION);
  const int channels = header->channels, colours = channels > 2 ? 3 : 1;
  const bool multiplied = Alpha(page) == EXTRASAMPLE_ASSOCALPHA;
  out.pixels.Reshape(header->width, header->height, channels);
  std::uint8_t* to = out.pixels.data.data();
  for (const std::uint32_t abgr : *raster) {
    const std::uint32_t alpha = TIFFGetA(abgr);
    for (int c = 0; c < colours; ++c) {
      std::uint32_t level = abgr >> 8 * c & 255;
      if (multiplied && alpha > 0) level = std::min(255u, (255 * level + alpha / 2) / alpha);
      *to++ = static_cast<std::uint8_t>(level);
    }
    if (colours < channels) *to++ = static_cast<std::uint8_t>(alpha);
  }
  return {};
}

}  // namespace

const Codec kTiff = {Format::kTiff, "TIFF", ReadTiffHeader, DecodeTiff};

}  // namespace credence::image::codec
