// A sealed file: magic (8 bytes), u32 format, content, SHA-256 of everything before it. All numbers
// are little-endian. The owner of a magic decides what its content is.
//
// SealWriter makes one, OpenSealed checks one and gives its content, ByteReader takes the content
// apart and never reads past its end. Threads: pure; writer and reader are thread-compatible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence {

class SealWriter {
 public:
  // REQUIRES: magic has 8 characters.
  SealWriter(std::string_view magic, std::uint32_t format);

  // REQUIRES: value is below 2^32.
  SealWriter& U32(std::size_t value);
  SealWriter& Bytes(std::span<const std::uint8_t> bytes);
  SealWriter& Text(std::string_view text);
  // Appends zeros up to the next multiple of `bytes` from the start of the file.
  SealWriter& AlignTo(std::size_t bytes);
  // Appends the checksum. REQUIRES: called once, last.
  std::vector<std::uint8_t> Finish() &&;

 private:
  std::vector<std::uint8_t> bytes_;
};

// Takes bytes from the front of what is left. Once a take asked for more than that, ok() is false
// and every further take returns nothing.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : left_(bytes), size_(bytes.size()) {}

  std::span<const std::uint8_t> Take(std::size_t n);
  std::uint32_t U32();  // 0 if fewer than 4 bytes are left
  // Skips to the next multiple of `bytes` from where reading began.
  void AlignTo(std::size_t bytes);

  bool ok() const { return ok_; }
  std::span<const std::uint8_t> left() const { return left_; }

 private:
  std::span<const std::uint8_t> left_;
  std::size_t size_;
  bool ok_ = true;
};

// Checks the file. Returns a reader of its content, which stops before the checksum.
// Errors: kDataLoss - cut short, another magic, a wrong checksum; kFailedPrecondition - another
//         format than `format`.
Result<ByteReader> OpenSealed(std::string_view magic, std::uint32_t format,
                              std::span<const std::uint8_t> bytes);

}  // namespace credence
