// BMP: OS/2 and Windows headers up to V5; 1, 4, 8 bits with a palette, plain or run-length coded;
// 16, 24, 32 bits with bit fields. Alpha only where bit fields give it, as in Pillow.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>

#include "image/codec/bytes.h"
#include "image/codec/codec.h"
#include "image/codec/palette.h"

namespace credence::image::codec {
namespace {

enum Compression : std::uint32_t {
  kPlain = 0,
  kRle8 = 1,
  kRle4 = 2,
  kBitFields = 3,
  kAlphaBitFields = 6
};

// OS/2 1, Windows 3, with masks of 3 and 4 channels, OS/2 2, Windows 4 and 5.
constexpr std::size_t kHeaderSizes[] = {12, 40, 52, 56, 64, 108, 124};
constexpr std::size_t kFileHeaderBytes = 14, kMasksAt = kFileHeaderBytes + 40;

// The bits of a stored pixel that make one channel.
class Field {
 public:
  Field() = default;
  explicit Field(std::uint32_t mask) {
    if (mask == 0) return;
    shift_ = std::countr_zero(mask);
    const int bits = std::popcount(mask);
    shift_ += std::max(bits - 8, 0);
    max_ = (1U << std::min(bits, 8)) - 1;
    for (std::uint32_t v = 0; v <= max_; ++v) level_[v] = static_cast<std::uint8_t>(v * 255 / max_);
  }
  static bool Contiguous(std::uint32_t mask) {
    return mask == 0 || std::countl_zero(mask) + std::popcount(mask) + std::countr_zero(mask) == 32;
  }
  std::uint8_t Level(std::uint32_t pixel) const { return level_[pixel >> shift_ & max_]; }

 private:
  int shift_ = 0;
  std::uint32_t max_ = 0;
  std::array<std::uint8_t, 256> level_{};
};

struct BmpLayout {
  std::int64_t width = 0, height = 0;
  bool top_down = false;
  int bits = 0;  // a pixel
  std::uint32_t compression = kPlain;
  std::array<std::uint32_t, 4> masks{};  // r g b a, when bits >= 16
  Palette palette;                       // when bits <= 8
  Bytes data;                            // the pixels

  bool tabular() const { return bits <= 8; }
  int channels() const { return tabular() ? palette.channels() : masks[3] != 0 ? 4 : 3; }
  std::size_t row_bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(bits) / 8 +
           (width * bits % 8 != 0 ? 1 : 0);
  }
  std::size_t stride() const { return (row_bytes() + 3) / 4 * 4; }
};

Result<void> ReadMasks(Bytes file, std::size_t header_bytes, BmpLayout& layout) {
  if (layout.compression == kPlain) {
    if (layout.bits == 16) {
      layout.masks = {0x7c00, 0x03e0, 0x001f, 0};
    } else {
      layout.masks = {0xff0000, 0x00ff00, 0x0000ff, 0};
    }
    return {};
  }
  const bool alpha = header_bytes >= 56 || layout.compression == kAlphaBitFields;
  const std::size_t count = alpha ? 4 : 3;
  if (file.size() < kMasksAt + 4 * count) return Invalid("the header is cut short");
  for (std::size_t i = 0; i < count; ++i) {
    layout.masks[i] = Le32(file, kMasksAt + 4 * i);
    if (!Field::Contiguous(layout.masks[i])) return Invalid("a bit field has gaps");
  }
  if (layout.masks == std::array<std::uint32_t, 4>{} && layout.bits == 32) {
    layout.masks = {0xff0000, 0x00ff00, 0x0000ff, 0xff000000};
  }
  return {};
}

void ReadPalette(Bytes file, std::size_t at, std::size_t entry_bytes, std::size_t entries,
                 Palette& palette) {
  for (std::size_t i = 0; i < entries && at + 3 <= file.size(); ++i, at += entry_bytes) {
    palette.entry[i] = {file[at + 2], file[at + 1], file[at], 255};
    palette.size = static_cast<int>(i) + 1;
  }
}

Result<void> CheckKind(const BmpLayout& layout) {
  const int bits = layout.bits;
  bool known = false;
  switch (layout.compression) {
    case kPlain:
      known = bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
      break;
    case kRle8:
      known = bits == 8;
      break;
    case kRle4:
      known = bits == 4;
      break;
    case kBitFields:
    case kAlphaBitFields:
      known = bits == 16 || bits == 24 || bits == 32;
      break;
    default:
      break;
  }
  if (known) return {};
  return Invalid(std::to_string(bits) + " bits a pixel with compression " +
                 std::to_string(layout.compression) + " is no kind of BMP that is read");
}

Result<BmpLayout> ReadBmpLayout(Bytes file) {
  constexpr std::size_t kOs2Header = 12;
  if (file.size() < kFileHeaderBytes + kOs2Header) return Invalid("the header is cut short");
  const std::size_t header_bytes = Le32(file, kFileHeaderBytes);
  const bool os2 = header_bytes == kOs2Header;
  if (std::ranges::find(kHeaderSizes, header_bytes) == std::end(kHeaderSizes)) {
    return Invalid("a header of " + std::to_string(header_bytes) +
                   " bytes is not known; BMP has headers of 12, 40, 52, 56, 64, 108 and 124");
  }
  if (file.size() < kFileHeaderBytes + header_bytes) return Invalid("the header is cut short");
  BmpLayout layout;
  std::size_t colors = 0;
  if (os2) {
    layout.width = Le16(file, 18);
    layout.height = Le16(file, 20);
    layout.bits = Le16(file, 24);
  } else {
    layout.width = static_cast<std::int32_t>(Le32(file, 18));
    layout.height = static_cast<std::int32_t>(Le32(file, 22));
    layout.top_down = layout.height < 0;
    layout.height = std::abs(layout.height);
    layout.bits = Le16(file, 28);
    layout.compression = Le32(file, 30);
    colors = Le32(file, 46);
  }
  if (const Result<void> known = CheckKind(layout); !known) return known.error();
  const std::size_t offset = Le32(file, 10);
  if (offset >= file.size()) return Invalid("the pixels lie past the end of the file");
  layout.data = file.subspan(offset);
  if (layout.tabular()) {
    const std::size_t entries_max = std::size_t{1} << layout.bits;
    if (colors == 0 || colors > entries_max) colors = entries_max;
    ReadPalette(file, kFileHeaderBytes + header_bytes, os2 ? 3 : 4, colors, layout.palette);
  } else if (const Result<void> read = ReadMasks(file, header_bytes, layout); !read) {
    return read.error();
  }
  return layout;
}

Result<Header> ReadBmpHeader(Bytes file) {
  const Result<BmpLayout> layout = ReadBmpLayout(file);
  if (!layout) return layout.error();
  return MakeHeader(Format::kBmp, layout->width, layout->height, layout->channels());
}

// The row of `pixels` that is stored `stored`-th.
std::uint8_t* Row(const BmpLayout& layout, Pixels& pixels, int stored) {
  return pixels.row(layout.top_down ? stored : pixels.height - 1 - stored);
}

void PutTabular(const BmpLayout& layout, const PixelTable& table, Bytes line, std::uint8_t* to) {
  const auto bits = static_cast<std::size_t>(layout.bits);
  const std::size_t mask = (std::size_t{1} << bits) - 1;
  for (std::size_t x = 0; x < static_cast<std::size_t>(layout.width); ++x, to += table.channels()) {
    const std::size_t byte = line[x * bits / 8];
    table.Put(byte >> (8 - bits - x * bits % 8) & mask, to);
  }
}

void PutFields(const BmpLayout& layout, const std::array<Field, 4>& fields, Bytes line,
               std::uint8_t* to) {
  const auto bytes = static_cast<std::size_t>(layout.bits / 8);
  const auto channels = static_cast<std::size_t>(layout.channels());
  for (std::size_t x = 0; x < static_cast<std::size_t>(layout.width); ++x, to += channels) {
    const std::size_t at = x * bytes;
    const std::uint32_t pixel = bytes == 2   ? Le16(line, at)
                                : bytes == 3 ? Le24(line, at)
                                             : Le32(line, at);
    for (std::size_t c = 0; c < channels; ++c) to[c] = fields[c].Level(pixel);
  }
}

Result<void> DecodePlain(const BmpLayout& layout, const DecodeOptions& options, Pixels& pixels) {
  const std::size_t stride = layout.stride();
  const auto rows = static_cast<std::size_t>(layout.height);
  if (layout.data.size() < stride * (rows - 1) + layout.row_bytes()) {
    return Invalid("the file is cut short");
  }
  pixels.Reshape(static_cast<int>(layout.width), static_cast<int>(layout.height),
                 layout.channels());
  const PixelTable table(layout.palette);
  std::array<Field, 4> fields;
  for (std::size_t c = 0; c < 4; ++c) fields[c] = Field(layout.masks[c]);
  for (int y = 0; y < pixels.height; ++y) {
    if (Stopped(options, y)) return options.stop->Reason();
    const Bytes line = Piece(layout.data, static_cast<std::size_t>(y) * stride, stride);
    std::uint8_t* const row = Row(layout, pixels, y);
    if (layout.tabular()) {
      PutTabular(layout, table, line, row);
    } else {
      PutFields(layout, fields, line, row);
    }
  }
  return {};
}

// Writes values one after the other into stored rows, as far as the picture reaches.
class RunWriter {
 public:
  RunWriter(const BmpLayout& layout, Pixels& pixels)
      : layout_(layout), table_(layout.palette), pixels_(pixels) {}

  bool full() const { return y_ >= pixels_.height; }
  void Put(std::size_t value) {
    if (full() || x_ >= pixels_.width) return;
    table_.Put(value, Row(layout_, pixels_, y_) + x_ * pixels_.channels);
    ++x_;
  }
  void EndRow() {
    x_ = 0;
    ++y_;
  }
  void Move(int right, int up) {
    x_ = std::min(x_ + right, pixels_.width);
    y_ += up;
  }
  void Clear() {
    for (std::size_t i = 0; i < pixels_.data.size();
         i += static_cast<std::size_t>(pixels_.channels)) {
      table_.Put(0, &pixels_.data[i]);
    }
  }
  // Whether the last row is written to its end, so that an end mark may be missing.
  bool complete() const { return full() || (y_ == pixels_.height - 1 && x_ >= pixels_.width); }

 private:
  const BmpLayout& layout_;
  const PixelTable table_;
  Pixels& pixels_;
  int x_ = 0, y_ = 0;
};

Result<void> DecodeRuns(const BmpLayout& layout, Pixels& pixels) {
  enum Escape : std::uint8_t { kEndRow = 0, kEnd = 1, kDelta = 2 };
  pixels.Reshape(static_cast<int>(layout.width), static_cast<int>(layout.height),
                 layout.channels());
  RunWriter writer(layout, pixels);
  writer.Clear();
  const bool nibbles = layout.bits == 4;
  const auto value = [nibbles](std::uint8_t byte, std::size_t i) -> std::size_t {
    return !nibbles ? byte : i % 2 == 0 ? byte >> 4 : byte & 15;
  };
  const Bytes data = layout.data;
  for (std::size_t at = 0; at + 2 <= data.size() && !writer.full();) {
    const std::size_t count = data[at];
    const std::uint8_t code = data[at + 1];
    at += 2;
    if (count > 0) {
      for (std::size_t i = 0; i < count; ++i) writer.Put(value(code, i));
    } else if (code == kEndRow) {
      writer.EndRow();
    } else if (code == kEnd) {
      return {};
    } else if (code == kDelta) {
      if (at + 2 > data.size()) break;
      writer.Move(data[at], data[at + 1]);
      at += 2;
    } else {
      const std::size_t bytes = nibbles ? (std::size_t{code} + 1) / 2 : code;
      if (at + bytes > data.size()) break;
      for (std::size_t i = 0; i < code; ++i) {
        writer.Put(value(data[at + (nibbles ? i / 2 : i)], i));
      }
      at += bytes + bytes % 2;
    }
  }
  if (!writer.complete()) return Invalid("the file is cut short");
  return {};
}

Result<void> DecodeBmp(Bytes file, const DecodeOptions& options, Decoded& out) {
  const Result<BmpLayout> layout = ReadBmpLayout(file);
  if (!layout) return layout.error();
  const bool runs = layout->compression == kRle8 || layout->compression == kRle4;
  return runs ? DecodeRuns(*layout, out.pixels) : DecodePlain(*layout, options, out.pixels);
}

}  // namespace

const Codec kBmp = {Format::kBmp, "BMP", ReadBmpHeader, DecodeBmp};

}  // namespace credence::image::codec
