#include "image/codec/sniff.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "base/ascii.h"
#include "image/codec/bytes.h"

namespace credence::image::codec {
namespace {

using namespace std::string_view_literals;  // NOLINT: "…"sv

constexpr const Codec* kCodecs[] = {
    &kPng,  &kJpeg, &kWebp, &kGif, &kBmp, &kPnm,
#ifdef CREDENCE_TIFF
    &kTiff,
#endif
};

struct Magic {
  std::size_t at;
  std::string_view bytes;
  std::string_view name;
};

constexpr Magic kForeign[] = {
    {0, "II*\0"sv, "TIFF"},
    {0, "MM\0*"sv, "TIFF"},
    {0, "II+\0"sv, "BigTIFF"},
    {0, "MM\0+"sv, "BigTIFF"},
    {0, "\0\0\0\x0cJXL "sv, "JPEG XL"},
    {0, "\xff\x0a"sv, "JPEG XL"},
    {0, "\0\0\0\x0cjP  "sv, "JPEG 2000"},
    {0, "\xff\x4f\xff\x51"sv, "JPEG 2000"},
    {0, "\0\0\1\0"sv, "ICO"},
    {0, "\0\0\2\0"sv, "CUR"},
    {0, "icns"sv, "ICNS"},
    {0, "8BPS"sv, "PSD"},
    {0, "gimp xcf"sv, "XCF"},
    {0, "qoif"sv, "QOI"},
    {0, "v/1\1"sv, "OpenEXR"},
    {0, "#?RADIANCE"sv, "Radiance HDR"},
    {0, "farbfeld"sv, "farbfeld"},
    {0, "DDS "sv, "DDS"},
    {0, "FLIF"sv, "FLIF"},
    {0, "BPG\xfb"sv, "BPG"},
    {0, "\xd7\xcd\xc6\x9a"sv, "WMF"},
    {0, "\x8aMNG"sv, "MNG"},
    {0, "\x8bJNG"sv, "JNG"},
    {0, "AT&TFORM"sv, "DjVu"},
    {0, "%PDF-"sv, "PDF"},
    {0, "%!PS"sv, "PostScript"},
    {0, "PK\3\4"sv, "ZIP"},
    {0, "\x1f\x8b"sv, "gzip"},
    {0, "BZh"sv, "bzip2"},
    {0,
     "\xfd"
     "7zXZ"sv,
     "xz"},
    {0, "7z\xbc\xaf\x27\x1c"sv, "7-Zip"},
    {0, "Rar!"sv, "RAR"},
    {0,
     "\x7f"
     "ELF"sv,
     "an ELF program"},
    {0, "MZ"sv, "a Windows program"},
    {0, "\x89HDF"sv, "HDF5"},
    {0, "\x93NUMPY"sv, "a NumPy array"},
    {128, "DICM"sv, "DICOM"},
    {0, "SIMPLE  ="sv, "FITS"},
    {0, "RIFF"sv, "a RIFF file other than WebP"},
    {0, "\x1a\x45\xdf\xa3"sv, "Matroska or WebM"},
    {0, "OggS"sv, "Ogg"},
    {0, "ID3"sv, "MP3"},
    {0, "P7\n"sv, "PAM"},
    {0, "PF\n"sv, "PFM"},
    {0, "Pf\n"sv, "PFM"},
    {0, "/* XPM */"sv, "XPM"},
    {0, "iVBORw0KGgo"sv, "base64 text of a PNG"},
    {0, "/9j/"sv, "base64 text of a JPEG"},
    {0, "R0lGOD"sv, "base64 text of a GIF"},
    {0, "UklGR"sv, "base64 text of a WebP"},
    {0, "data:"sv, "a data: URL"},
};

// ISO base media files say what they are in the brand of their first box.
std::string_view BrandName(Bytes file) {
  constexpr Magic kBrands[] = {
      {8, "avif"sv, "AVIF"}, {8, "avis"sv, "AVIF"},      {8, "heic"sv, "HEIF"},
      {8, "heix"sv, "HEIF"}, {8, "hevc"sv, "HEIF"},      {8, "heim"sv, "HEIF"},
      {8, "heis"sv, "HEIF"}, {8, "mif1"sv, "HEIF"},      {8, "msf1"sv, "HEIF"},
      {8, "crx "sv, "CR3"},  {8, "qt  "sv, "QuickTime"},
  };
  for (const Magic& brand : kBrands) {
    if (HasAt(file, brand.at, brand.bytes)) return brand.name;
  }
  return "MP4";
}

// Markup and plain text, by the first 1,024 bytes.
std::string_view TextName(Bytes file) {
  std::string head;
  for (const std::uint8_t byte : Piece(file, 0, 1024)) {
    if (byte < ' ' && byte != '\n' && byte != '\r' && byte != '\t') return {};
    head += AsciiLower(static_cast<char>(byte));
  }
  const auto has = [&](std::string_view word) { return head.find(word) != std::string::npos; };
  const std::size_t first = head.find_first_not_of("\xef\xbb\xbf \r\n\t");
  const char start = first == std::string::npos ? ' ' : head[first];
  if (start == '<') {
    if (has("<svg")) return "SVG";
    if (has("<html") || has("<!doctype html")) return "HTML";
    return "XML";
  }
  if (start == '{' || start == '[') return "JSON";
  return "text";
}

std::string_view ForeignName(Bytes file) {
  if (HasAt(file, 4, "ftyp")) return BrandName(file);
  for (const Magic& magic : kForeign) {
    if (HasAt(file, magic.at, magic.bytes)) return magic.name;
  }
  return TextName(file);
}

bool IsPnm(Bytes file) {
  return file.size() >= 3 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6' &&
         (std::isspace(file[2]) != 0 || file[2] == '#');
}

// "BM" alone also begins texts; the length of the header that follows is small.
bool IsBmp(Bytes file) {
  return HasAt(file, 0, "BM") && (file.size() < 18 || Le32(file, 14) <= 1024);
}

}  // namespace

const Codec* Sniff(Bytes file) {
  if (HasAt(file, 0, "\x89PNG\r\n\x1a\n")) return &kPng;
  if (HasAt(file, 0, "\xff\xd8\xff")) return &kJpeg;
  if (HasAt(file, 0, "RIFF") && HasAt(file, 8, "WEBP")) return &kWebp;
  if (HasAt(file, 0, "GIF87a") || HasAt(file, 0, "GIF89a")) return &kGif;
  if (IsPnm(file)) return &kPnm;
  if (IsBmp(file)) return &kBmp;
#ifdef CREDENCE_TIFF
  if (HasAt(file, 0, "II*\0"sv) || HasAt(file, 0, "MM\0*"sv)) return &kTiff;
#endif
  return nullptr;
}

Error Unsupported(Bytes file) {
  std::string accepted;
  for (const Codec* codec : kCodecs) {
    if (!accepted.empty()) accepted += ", ";
    accepted += codec->title;
  }
  std::string message;
  if (file.empty()) {
    message = "the picture is empty (0 bytes)";
  } else if (const std::string_view name = ForeignName(file); !name.empty()) {
    message = "this looks like " + std::string(name);
  } else {
    message = "this is of no known picture format";
  }
  return {Code::kUnsupportedFormat, message + "; accepted are " + accepted};
}

}  // namespace credence::image::codec
