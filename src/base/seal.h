// A sealed file: magic (8 bytes), u32 format, content, SHA-256 of everything before it. All numbers
// are little-endian. What the content is, is its owner's business.
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

// Takes from the front of what is left. After a take of more than that ok() is false for good, and
// every take gives nothing.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : left_(bytes), size_(bytes.size()) {}

  std::span<const std::uint8_t> Take(std::size_t n);
  std::uint32_t U32();  // 0 when there is none
  // Skips to the next multiple of `bytes` from where reading began.
  void AlignTo(std::size_t bytes);

  bool ok() const { return ok_; }
  std::span<const std::uint8_t> left() const { return left_; }

 private:
  std::span<const std::uint8_t> left_;
  std::size_t size_;
  bool ok_ = true;
};

// A reader over the whole file but its checksum, which stands behind magic and format.
// Errors: kDataLoss - cut short, another magic, a wrong checksum; kFailedPrecondition - another
//         format than `format`.
Result<ByteReader> OpenSealed(std::string_view magic, std::uint32_t format,
                              std::span<const std::uint8_t> bytes);

// A whole file of at most `bytes_max`; nullopt: there is none.
// Errors: kDataLoss - larger, or it cannot be read.
Result<std::optional<std::vector<std::uint8_t>>> ReadIfThere(const std::filesystem::path& path,
                                                             std::uintmax_t bytes_max);

}  // namespace credence
