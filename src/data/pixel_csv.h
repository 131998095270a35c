// A CSV with a picture's pixels in each line, as Kaggle has MNIST: "label,pixel0,pixel1,…".
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/csv_list.h"
#include "data/picture_source.h"

namespace credence::data {

struct PixelCsvOptions {
  CsvColumns columns;      // REQUIRES: side > 0
  std::string split = {};  // rows of this value of the column of splits; empty: all
  std::int64_t rows_max = 0;
};

struct PixelCsv {
  std::unique_ptr<const PictureSource> pictures;
  std::vector<std::string> labels, groups,
      splits;  // one a picture, where the CSV has such a column
};

// Reads the file once to find its lines and their labels; pixels are read and checked later, row by
// row: whole numbers from 0 to 255, row-major, red, green and blue of a pixel side by side.
// Errors: kInvalidArgument - a record with fewer fields than the header, an empty label, group or
//         split; kTooLarge - more than rows_max records, or a line over 16 MiB; ByteStream's.
Result<PixelCsv> OpenPixelCsv(const std::filesystem::path& path, const PixelCsvOptions& options);

}  // namespace credence::data
