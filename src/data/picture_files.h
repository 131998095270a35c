// Picture files as a PictureSource.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/picture_source.h"

namespace credence::data {

struct ListedFile {
  std::string path;       // below the root, or absolute
  std::int64_t line = 0;  // of the list that names it; 0: no list
};

struct PictureFilesOptions {
  std::filesystem::path root = {};
  std::filesystem::path list = {};  // the CSV, for messages; empty: none
  std::int64_t file_bytes_max = 0;
  DecodeFunction decode = {};  // REQUIRES: not empty
};

std::unique_ptr<const PictureSource> MakePictureFiles(PictureFilesOptions options,
                                                      std::vector<ListedFile> files);

// The whole file into `out`, whose capacity is kept.
// Errors: kNotFound - missing or cannot be read; kTooLarge - over bytes_max.
Result<void> ReadFile(const std::filesystem::path& path, std::int64_t bytes_max,
                      std::vector<std::uint8_t>& out);

}  // namespace credence::data
