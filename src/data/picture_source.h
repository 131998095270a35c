// PictureSource is where a data set's pictures lie: an IDX file, or files of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "image/decode.h"

namespace credence::data {

// Turns a picture file's bytes into pixels: image::Decode with the caller's limits.
using DecodeFunction = std::function<Result<void>(image::Bytes file, image::Decoded& out)>;

// Reads one picture after another. Confined to the caller's thread.
class PictureReader {
 public:
  virtual ~PictureReader() = default;
  // Errors name the file, the place in it and what was expected. REQUIRES: 0 <= row < rows().
  virtual Result<void> Read(std::int64_t row, image::Decoded& out) = 0;
  // The file that the last Read decoded, valid until the next; empty when pictures are no files.
  virtual image::Bytes file() const { return {}; }
};

// Immutable.
class PictureSource {
 public:
  virtual ~PictureSource() = default;
  virtual std::int64_t rows() const = 0;
  // What to call a row in a message: "t10k-images-idx3-ubyte.gz row 17", "3/a.png".
  virtual std::string Name(std::int64_t row) const = 0;
  // The row's file below the set's root, with '/' between folders; empty: it has none of its own.
  virtual std::string File(std::int64_t row) const = 0;
  // False when reading an earlier row means unpacking from the start of the file.
  virtual bool random_access_is_cheap() const = 0;
  virtual Result<std::unique_ptr<PictureReader>> NewReader() const = 0;
};

}  // namespace credence::data
