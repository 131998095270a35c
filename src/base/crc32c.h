// CRC-32C (Castagnoli): the checksum of LevelDB's tables and of TensorFlow's variables. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace credence {

// The checksum of what `crc` is the checksum of, followed by `bytes`; 0 is that of nothing.
std::uint32_t ExtendCrc32c(std::uint32_t crc, std::span<const std::uint8_t> bytes);

// As files store it: rotated and moved, so that a checksum of bytes that hold checksums is good.
constexpr std::uint32_t MaskCrc32c(std::uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

}  // namespace credence
