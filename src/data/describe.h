// What a data set holds: `credence data show`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "data/dataset.h"
#include "image/pixels.h"

namespace credence::data {

struct Description {
  std::int64_t rows = 0;                 // read without an error
  std::int64_t unreadable = 0;           // pictures that could not be read
  std::vector<std::string> errors;       // the first of their messages
  std::vector<std::int64_t> class_rows;  // one a class, of the selected rows
  std::vector<std::int64_t> class_read;  // one a class: how many of them can be read
  std::int64_t unlabelled = 0;
  int width_min = 0, width_max = 0, height_min = 0, height_max = 0;       // px
  std::vector<std::int64_t> channel_rows = std::vector<std::int64_t>(5);  // by channels, 1..4
  int level_min = 255, level_max = 0;
  double level_mean = 0, level_sd = 0;  // over all levels of all pictures
  std::string sha256;                   // DigestOf; empty where a row could not be read
};

struct DescribeOptions {
  std::size_t errors_max = 5;  // messages that are kept
  // Called after each row with the rows done of all; false stops. Empty: not called.
  std::function<bool(std::int64_t done, std::int64_t all)> progress = {};
};

// Reads all selected rows once. An unreadable picture is counted, not fatal.
// Errors: kNotFound - the file has gone; kUnavailable - stopped.
Result<Description> Describe(const Dataset& dataset, const DescribeOptions& options);

// For a terminal: kind, split, rows, layout, a line a class with its count, sizes, levels, digest.
std::string ToText(const Description& description, const Dataset& dataset);

void WriteJson(const Description& description, const Dataset& dataset, JsonWriter& json);

struct ContactSheetOptions {
  int columns = 20;      // 1..100: pictures of a class
  int cell_px = 40;      // 8..512: each picture is scaled to fit
  int classes_max = 50;  // further classes are left out
};

// A sheet with a line a class and its first pictures in it; of an unlabelled set, one line.
// Unreadable pictures leave their place empty.
// Errors: kInvalidArgument - an option out of range; kNotFound - the file has gone.
Result<image::Pixels> ContactSheet(const Dataset& dataset, const ContactSheetOptions& options);

}  // namespace credence::data
