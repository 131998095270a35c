// Picture files as a PictureSource, and how a folder of them is listed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
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

struct FolderList {
  std::vector<std::string> files;  // below the folder, sorted by bytes
  std::int64_t passed_over = 0;    // files that were skipped: not a picture's ending
  std::string passed_over_first;   // one of them
};

// Lists the pictures in a folder and below it: by ending (png jpg jpeg jpe webp gif bmp dib pnm pgm
// ppm pbm tif tiff, any case). Skips names that begin with a dot and does not count them.
// Errors: kNotFound - the folder cannot be read; kTooLarge - more than files_max.
Result<FolderList> ListPictures(const std::filesystem::path& folder, std::int64_t files_max);

// The names of the folders in a folder, sorted by bytes, without those that begin with a dot.
std::vector<std::string> ListFolders(const std::filesystem::path& folder);

// The whole file into `out`, whose capacity is kept.
// Errors: kNotFound - missing or cannot be read; kTooLarge - over bytes_max.
Result<void> ReadFile(const std::filesystem::path& path, std::int64_t bytes_max,
                      std::vector<std::uint8_t>& out);

}  // namespace credence::data
