// Pixels is a decoded picture: 8 bits a channel, row-major, channels interleaved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace credence::image {

struct Pixels {
  int width = 0;
  int height = 0;
  int channels = 0;  // 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha (not premultiplied)
  std::vector<std::uint8_t> data;  // [height, width, channels]; levels as stored (sRGB), 0..255

  std::size_t size() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
           static_cast<std::size_t>(channels);
  }
  // Sets the shape and the length of `data`, keeping its capacity; the levels are unspecified.
  void Reshape(int new_width, int new_height, int new_channels) {
    width = new_width;
    height = new_height;
    channels = new_channels;
    if (data.capacity() < size()) data = {};  // to copy nothing, and to hold only one of them
    data.resize(size());
  }
  const std::uint8_t* row(int y) const {
    return data.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) *
                             static_cast<std::size_t>(channels);
  }
  std::uint8_t* row(int y) { return const_cast<std::uint8_t*>(std::as_const(*this).row(y)); }

  friend bool operator==(const Pixels&, const Pixels&) = default;
};

// A place in an array, of a coordinate or level that is known not to be negative.
inline std::size_t Index(int i) { return static_cast<std::size_t>(i); }

}  // namespace credence::image
