// ByteStream reads a file from front to back, unpacking gzip where the content is gzip.
//
// Offsets are those of the unpacked content. Every error names the file, the offset and what was
// expected. Threads: thread-compatible. Ownership: owns the open file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace credence::data {

class ByteStream {
 public:
  // Errors: kNotFound - cannot be opened, or is not a file.
  static Result<ByteStream> Open(const std::filesystem::path& path);

  // Fills `out` and returns the number of bytes, which is smaller only at the end of the file.
  // Errors: kDataLoss - the gzip stream is cut short or damaged, or the disk failed.
  Result<std::size_t> Read(std::span<std::uint8_t> out);

  // Goes to an offset. In a gzip file this unpacks everything up to there, from the start of the
  // file when the offset lies before the present one.
  // Errors: as Read.
  Result<void> Seek(std::uint64_t offset);

  std::uint64_t offset() const { return offset_; }
  bool gzip() const { return !plain_bytes_; }
  // Length of a plain file; nullopt for gzip, where it is not known before the end.
  std::optional<std::uint64_t> plain_bytes() const { return plain_bytes_; }

  // kDataLoss: "FILE: offset 16 (unpacked): PROBLEM".
  Error ErrorAt(std::uint64_t offset, std::string_view problem) const;

 private:
  struct Close {
    void operator()(void* file) const;
  };
  ByteStream(std::filesystem::path path, void* file) : path_(std::move(path)), file_(file) {}

  std::filesystem::path path_;
  std::unique_ptr<void, Close> file_;  // zlib's gzFile
  std::uint64_t offset_ = 0;
  std::optional<std::uint64_t> plain_bytes_;
};

}  // namespace credence::data
