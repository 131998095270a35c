// Reads fixed-size numbers and pieces of a Bytes. The caller checks the length first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "image/decode.h"

namespace credence::image::codec {

// REQUIRES of all: at + width of the number <= bytes.size().
inline std::uint16_t Le16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
}
inline std::uint16_t Be16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
inline std::uint32_t Le24(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(Le16(bytes, at)) | static_cast<std::uint32_t>(bytes[at + 2])
                                                           << 16;
}
inline std::uint32_t Le32(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(Le16(bytes, at)) |
         static_cast<std::uint32_t>(Le16(bytes, at + 2)) << 16;
}
inline std::uint32_t Be32(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(Be16(bytes, at)) << 16 |
         static_cast<std::uint32_t>(Be16(bytes, at + 2));
}

// Whether `bytes` has `text` at `at`.
inline bool HasAt(Bytes bytes, std::size_t at, std::string_view text) {
  if (bytes.size() < at || bytes.size() - at < text.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (bytes[at + i] != static_cast<std::uint8_t>(text[i])) return false;
  }
  return true;
}

// The piece of `bytes` from `at` on, at most `length` long; empty past the end.
inline Bytes Piece(Bytes bytes, std::size_t at, std::size_t length = SIZE_MAX) {
  if (at >= bytes.size()) return {};
  return bytes.subspan(at, length < bytes.size() - at ? length : bytes.size() - at);
}

}  // namespace credence::image::codec
