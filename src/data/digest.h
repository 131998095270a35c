// SHA-256 of files and of data sets, for provenance.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/sha256.h"
#include "data/dataset.h"

namespace credence::data {

// The digest of a data set's content: of each row its width, height, channels and Row::written
// (little-endian int32 each), then its levels. It does not depend on how the set is stored, nor on
// the classes that a caller gives: training, calibration and `data show` say the same.
class RowDigest {
 public:
  void Add(const Row& row);
  std::string Finish() { return ToHex(sha_.Finish()); }

 private:
  Sha256 sha_;
};

// Reads all selected rows. Errors: as RowReader::Read.
Result<std::string> DigestOf(const Dataset& dataset);

struct FileDigests {
  std::string file;     // SHA-256 of the file as it lies
  std::string content;  // SHA-256 of what it unpacks to; the same as `file` if not gzip
  std::uint64_t content_bytes = 0;
};

// Errors: kNotFound - no such file; kDataLoss - gzip that is cut short or damaged.
Result<FileDigests> DigestFile(const std::filesystem::path& path);

}  // namespace credence::data
