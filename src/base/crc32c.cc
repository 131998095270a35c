#include "base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace credence {
namespace {

#if defined(__SSE4_2__) || defined(__ARM_FEATURE_CRC32)

// The processor's own instructions.
#if defined(__SSE4_2__)
std::uint32_t ExtendByWord(std::uint32_t crc, std::uint64_t word) {
  return static_cast<std::uint32_t>(_mm_crc32_u64(crc, word));
}
std::uint32_t ExtendByByte(std::uint32_t crc, std::uint8_t byte) { return _mm_crc32_u8(crc, byte); }
#else
std::uint32_t ExtendByWord(std::uint32_t crc, std::uint64_t word) { return __crc32cd(crc, word); }
std::uint32_t ExtendByByte(std::uint32_t crc, std::uint8_t byte) { return __crc32cb(crc, byte); }
#endif

std::uint32_t Extend(std::uint32_t crc, std::span<const std::uint8_t> bytes) {
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, &bytes[i], sizeof word);
    crc = ExtendByWord(crc, word);
  }
  for (; i < bytes.size(); ++i) crc = ExtendByByte(crc, bytes[i]);
  return crc;
}

#else

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

// kTables[k][b]: what byte b adds when k bytes follow it ("slicing by 8", Kounavis and Berry 2005).
constexpr std::array<std::array<std::uint32_t, 256>, 8> kTables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0u);
    tables[0][b] = crc;
  }
  for (std::uint32_t b = 0; b < 256; ++b) {
    for (std::size_t k = 1; k < tables.size(); ++k) {
      const std::uint32_t before = tables[k - 1][b];
      tables[k][b] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}();

std::uint32_t Load32(const std::uint8_t* bytes) {  // little-endian
  return bytes[0] | (std::uint32_t{bytes[1]} << 8) | (std::uint32_t{bytes[2]} << 16) |
         (std::uint32_t{bytes[3]} << 24);
}

std::uint32_t Extend(std::uint32_t crc, std::span<const std::uint8_t> bytes) {
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    const std::uint32_t low = crc ^ Load32(&bytes[i]);
    const std::uint32_t high = Load32(&bytes[i + 4]);
    crc = kTables[7][low & 0xff] ^ kTables[6][(low >> 8) & 0xff] ^ kTables[5][(low >> 16) & 0xff] ^
          kTables[4][low >> 24] ^ kTables[3][high & 0xff] ^ kTables[2][(high >> 8) & 0xff] ^
          kTables[1][(high >> 16) & 0xff] ^ kTables[0][high >> 24];
  }
  for (; i < bytes.size(); ++i) crc = (crc >> 8) ^ kTables[0][(crc ^ bytes[i]) & 0xff];
  return crc;
}

#endif

}  // namespace

std::uint32_t ExtendCrc32c(std::uint32_t crc, std::span<const std::uint8_t> bytes) {
  return ~Extend(~crc, bytes);
}

}  // namespace credence
