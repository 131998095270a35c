// A palette as a table from stored value to the bytes of a pixel.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace credence::image::codec {

struct Rgba {
  std::uint8_t r = 0, g = 0, b = 0, a = 255;
};

// Entries that the file lacks are black. A palette of greys makes grey pixels.
struct Palette {
  std::array<Rgba, 256> entry;
  int size = 0;              // entries given
  bool transparent = false;  // pixels get an alpha channel

  bool grey() const {
    return std::all_of(entry.begin(), entry.begin() + size,
                       [](const Rgba& e) { return e.r == e.g && e.g == e.b; });
  }
  int channels() const { return (grey() ? 1 : 3) + (transparent ? 1 : 0); }
};

// The palette's first `channels` bytes a pixel, ready to copy.
class PixelTable {
 public:
  explicit PixelTable(const Palette& palette) : channels_(palette.channels()) {
    for (std::size_t i = 0; i < table_.size(); ++i) {
      const Rgba& e = palette.entry[i];
      if (channels_ <= 2) {
        table_[i] = {e.r, e.a, 0, 0};
      } else {
        table_[i] = {e.r, e.g, e.b, e.a};
      }
    }
  }
  int channels() const { return channels_; }
  // Writes the pixel of stored value `value` to `pixel`, channels() bytes.
  void Put(std::size_t value, std::uint8_t* pixel) const {
    std::copy_n(table_[value].data(), channels_, pixel);
  }

 private:
  int channels_;
  std::array<std::array<std::uint8_t, 4>, 256> table_{};
};

}  // namespace credence::image::codec
