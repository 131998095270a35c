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

constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

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

// ISO base media files say in their first box what they are: a brand, and those that they are
// compatible with. A picture may have any brand first, so that all of them count.
std::string_view BrandName(Bytes file) {
  struct Brand {
    std::string_view code, name;
  };
  // In this order: an AVIF file is HEIF's container, too, and either may say that it is an MP4.
  constexpr Brand kBrands[] = {
      {"avif"sv, "AVIF"},      {"avis"sv, "AVIF"}, {"avio"sv, "AVIF"}, {"heic"sv, "HEIF"},
      {"heix"sv, "HEIF"},      {"heim"sv, "HEIF"}, {"heis"sv, "HEIF"}, {"hevc"sv, "HEIF"},
      {"hevx"sv, "HEIF"},      {"hevm"sv, "HEIF"}, {"hevs"sv, "HEIF"}, {"mif1"sv, "HEIF"},
      {"mif2"sv, "HEIF"},      {"msf1"sv, "HEIF"}, {"miaf"sv, "HEIF"}, {"heif"sv, "HEIF"},
      {"avci"sv, "HEIF"},      {"avcs"sv, "HEIF"}, {"j2ki"sv, "HEIF"}, {"j2is"sv, "HEIF"},
      {"jpeg"sv, "HEIF"},      {"jpgs"sv, "HEIF"}, {"vvic"sv, "HEIF"}, {"vvis"sv, "HEIF"},
      {"evbi"sv, "HEIF"},      {"evbs"sv, "HEIF"}, {"crx "sv, "CR3"},  {"qt  "sv, "QuickTime"},
      {"jp2 "sv, "JPEG 2000"}, {"mp41"sv, "MP4"},  {"mp42"sv, "MP4"},  {"isom"sv, "MP4"},
      {"iso2"sv, "MP4"},       {"iso5"sv, "MP4"},  {"iso6"sv, "MP4"},  {"avc1"sv, "MP4"},
      {"M4V "sv, "MP4"},       {"M4A "sv, "MP4"},  {"3gp4"sv, "3GP"},  {"3gp5"sv, "3GP"},
  };
  constexpr std::size_t kMajor = 8, kCompatible = 16, kBoxMax = 1024;
  const std::size_t end = std::min<std::size_t>({Be32(file, 0), file.size(), kBoxMax});
  for (const Brand& brand : kBrands) {
    if (HasAt(file, kMajor, brand.code)) return brand.name;
    for (std::size_t at = kCompatible; at + 4 <= end; at += 4) {
      if (HasAt(file, at, brand.code)) return brand.name;
    }
  }
  return "an ISO media file (as MP4 and HEIF are)";
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

// Xcode turns PNGs into these; their pixels are compressed and ordered otherwise.
bool IsCgbi(Bytes file) { return HasAt(file, 0, kPngSignature) && HasAt(file, 12, "CgBI"); }

std::string_view ForeignName(Bytes file) {
  if (HasAt(file, 4, "ftyp")) return BrandName(file);
  if (IsCgbi(file)) return "a CgBI PNG (Apple's variant of PNG, which only its systems read)";
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
  if (HasAt(file, 0, kPngSignature)) return IsCgbi(file) ? nullptr : &kPng;
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
