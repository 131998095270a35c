// IDX, the format of MNIST: a magic number 0x00 0x00 TYPE DIMENSIONS, one big-endian 32-bit length
// a dimension, then the numbers, row-major and big-endian. Plain or gzip, found by content.
//
// Every error names the file, the offset in the unpacked content and what was expected there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "data/byte_stream.h"
#include "data/picture_source.h"

namespace credence::data {

struct IdxLimits {
  std::int64_t rows_max = 20'000'000;
  std::int64_t pixels_max = 50'000'000;  // of one picture: width x height
};

struct IdxHeader {
  static constexpr std::uint8_t kUint8 = 0x08;
  static constexpr std::uint8_t kInt32 = 0x0C;

  std::uint8_t type = 0;           // kUint8 or kInt32
  std::vector<std::int64_t> dims;  // 1..4 of them, each 0..2^32-1
  std::uint64_t bytes = 0;         // of the header: where the numbers begin
};

// Reads the header at the stream's beginning.
// Errors: kDataLoss - bad magic, a type other than uint8 and int32, or cut short.
Result<IdxHeader> ReadIdxHeader(ByteStream& stream);

// The labels of an IDX file: [rows], uint8 or int32.
// Errors: kDataLoss - not such a file, cut short, longer than its header says, a negative label;
//         kTooLarge - more than rows_max; kNotFound.
Result<std::vector<std::int32_t>> ReadIdxLabels(const std::filesystem::path& path,
                                                const IdxLimits& limits);

// The pictures of an IDX file: uint8 [rows, height, width] or [rows, height, width, channels 1..4].
// The length of a plain file is checked here; a gzip file that is cut short or too long is noticed
// when its end is read.
// Errors: kDataLoss - not such a file, or of another length than its header says;
//         kTooLarge - over `limits`; kNotFound.
Result<std::unique_ptr<const PictureSource>> OpenIdxPictures(const std::filesystem::path& path,
                                                             const IdxLimits& limits);

// Writes an IDX file of uint8, gzip if the name ends in .gz. The file appears under its name only
// when Finish succeeds. Confined to the caller's thread.
class IdxWriter {
 public:
  // dims: as IdxHeader. Errors: kNotFound - the folder is missing or cannot be written.
  static Result<IdxWriter> Create(const std::filesystem::path& path,
                                  std::span<const std::int64_t> dims);
  IdxWriter(IdxWriter&&) noexcept;
  IdxWriter& operator=(IdxWriter&&) noexcept;
  ~IdxWriter();

  // Errors: kUnavailable - the disk is full or failed.
  Result<void> Append(std::span<const std::uint8_t> values);
  // Errors: kUnavailable - the disk is full or failed.
  // REQUIRES: as many values were appended as the dimensions say.
  Result<void> Finish();

 private:
  struct File;
  explicit IdxWriter(std::unique_ptr<File> file);
  std::unique_ptr<File> file_;
};

}  // namespace credence::data
