// PNM: PBM, PGM and PPM, plain (P1-P3) and raw (P4-P6), maxval up to 65535.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "image/codec/bytes.h"
#include "image/codec/codec.h"

namespace credence::image::codec {
namespace {

bool IsSpace(std::uint8_t byte) { return std::isspace(byte) != 0; }

// Reads the text part of a file: numbers set apart by white space and comments.
class Text {
 public:
  Text(Bytes file, std::size_t at) : file_(file), at_(at) {}

  // The next number, or nothing if there is none or it is over 2^31 - 1.
  std::optional<int> Number() {
    SkipBlank();
    std::int64_t value = 0;
    const std::size_t start = at_;
    for (; at_ < file_.size() && std::isdigit(file_[at_]) != 0; ++at_) {
      value = value * 10 + (file_[at_] - '0');
      if (value > INT32_MAX) return std::nullopt;
    }
    if (at_ == start) return std::nullopt;
    return static_cast<int>(value);
  }
  // The next digit 0 or 1 of a plain bitmap, in which no space need stand between digits.
  std::optional<int> Bit() {
    SkipBlank();
    if (at_ >= file_.size() || (file_[at_] != '0' && file_[at_] != '1')) return std::nullopt;
    return file_[at_++] - '0';
  }
  // What follows the one white space that ends the header; nothing if there is none.
  std::optional<Bytes> Rest() const {
    if (at_ >= file_.size() || !IsSpace(file_[at_])) return std::nullopt;
    return file_.subspan(at_ + 1);
  }

 private:
  void SkipBlank() {
    for (; at_ < file_.size(); ++at_) {
      if (file_[at_] == '#') {
        while (at_ < file_.size() && file_[at_] != '\n' && file_[at_] != '\r') ++at_;
        if (at_ == file_.size()) return;
      } else if (!IsSpace(file_[at_])) {
        return;
      }
    }
  }

  Bytes file_;
  std::size_t at_;
};

struct PnmLayout {
  explicit PnmLayout(Bytes file) : after(file, 2) {}

  bool plain = false, bitmap = false;
  int width = 0, height = 0;
  int channels = 1;
  int level_max = 1;
  Text after;  // the header

  std::size_t row_samples() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  std::size_t row_bytes() const {  // of a raw file
    return bitmap ? (row_samples() + 7) / 8 : row_samples() * (level_max > 255 ? 2 : 1);
  }
  // `stored` of level_max on the scale of 255, rounded.
  std::uint8_t Level(int stored) const {
    return static_cast<std::uint8_t>((stored * 255LL + level_max / 2) / level_max);
  }
};

Result<PnmLayout> ReadPnmLayout(Bytes file) {
  const int kind = file[1] - '0';
  PnmLayout layout(file);
  layout.plain = kind <= 3;
  layout.bitmap = kind == 1 || kind == 4;
  layout.channels = kind == 3 || kind == 6 ? 3 : 1;
  const std::optional<int> width = layout.after.Number();
  const std::optional<int> height = layout.after.Number();
  const std::optional<int> level_max = layout.bitmap ? 1 : layout.after.Number();
  if (!width || !height || !level_max) {
    return Invalid("the header lacks width, height or maxval");
  }
  if (*level_max < 1 || *level_max > 65535) {
    return Invalid("maxval is " + std::to_string(*level_max) + "; it must be 1..65535");
  }
  layout.width = *width;
  layout.height = *height;
  layout.level_max = *level_max;
  return layout;
}

Result<Header> ReadPnmHeader(Bytes file) {
  const Result<PnmLayout> layout = ReadPnmLayout(file);
  if (!layout) return layout.error();
  return MakeHeader(Format::kPnm, layout->width, layout->height, layout->channels);
}

Result<void> DecodePlain(PnmLayout layout, const DecodeOptions& options, Pixels& pixels) {
  for (int y = 0; y < layout.height; ++y) {
    if (Stopped(options, y)) return options.stop->Reason();
    std::uint8_t* const row = pixels.row(y);
    for (std::size_t i = 0; i < layout.row_samples(); ++i) {
      const std::optional<int> stored = layout.bitmap ? layout.after.Bit() : layout.after.Number();
      if (!stored) return Invalid("the file is cut short, or holds something that is no number");
      if (*stored > layout.level_max) {
        return Invalid("a level of " + std::to_string(*stored) + " is over the maxval " +
                       std::to_string(layout.level_max));
      }
      row[i] =
          layout.bitmap ? static_cast<std::uint8_t>(*stored == 0 ? 255 : 0) : layout.Level(*stored);
    }
  }
  return {};
}

Result<void> DecodeRaw(const PnmLayout& layout, Bytes data, const DecodeOptions& options,
                       Pixels& pixels) {
  const std::size_t samples = layout.row_samples();
  for (int y = 0; y < layout.height; ++y) {
    if (Stopped(options, y)) return options.stop->Reason();
    const Bytes row = data.subspan(static_cast<std::size_t>(y) * layout.row_bytes());
    std::uint8_t* const to = pixels.row(y);
    for (std::size_t i = 0; i < samples; ++i) {
      if (layout.bitmap) {
        to[i] = (row[i / 8] >> (7 - i % 8) & 1) != 0 ? 0 : 255;
      } else {
        const int stored = layout.level_max > 255 ? Be16(row, 2 * i) : row[i];
        to[i] = layout.Level(std::min(stored, layout.level_max));
      }
    }
  }
  return {};
}

Result<void> DecodePnm(Bytes file, const DecodeOptions& options, Decoded& out) {
  const Result<PnmLayout> layout = ReadPnmLayout(file);
  if (!layout) return layout.error();
  const std::optional<Bytes> data = layout->after.Rest();
  // A plain sample takes a byte at least.
  const std::size_t row_bytes = layout->plain ? layout->row_samples() : layout->row_bytes();
  if (!data || data->size() / row_bytes < static_cast<std::size_t>(layout->height)) {
    return Invalid("the file is cut short");
  }
  out.pixels.Reshape(layout->width, layout->height, layout->channels);
  return layout->plain ? DecodePlain(*layout, options, out.pixels)
                       : DecodeRaw(*layout, *data, options, out.pixels);
}

}  // namespace

const Codec kPnm = {Format::kPnm, "PNM", ReadPnmHeader, DecodePnm};

}  // namespace credence::image::codec
