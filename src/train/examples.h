// Examples are labelled pictures of one size, in memory, ready for training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/dataset.h"
#include "image/input_contract.h"
#include "train/net_spec.h"

namespace credence::train {

struct Examples {
  Shape shape;                       // of one picture
  std::vector<std::uint8_t> levels;  // [rows, height, width, channels]
  std::vector<std::int32_t> labels;  // [rows], 0..classes-1
  std::vector<std::string> classes;
  std::string source;                        // "IDX train", "class folders"
  std::string split = {};                    // of the data set; empty: there is only one
  std::string sha256;                        // data::RowDigest of the pictures as they were read
  std::string made_sha256 = {};              // hex, of shape, labels and levels: what training gets
  std::vector<std::uint64_t> pictures = {};  // data::PictureHash of each, as it was read
  std::vector<std::int32_t> groups = {};     // [rows], or empty: data::Dataset::groups
  std::vector<std::string> notes = {};       // what the user should know

  std::int64_t rows() const { return static_cast<std::int64_t>(labels.size()); }
};

struct LoadExamplesOptions {
  data::OpenOptions open;
  // The size that pictures are brought to, px; nullopt: they must all have one size already.
  std::optional<int> side_px;
  image::Framing framing = image::Framing::kWhole;  // how they are brought to it
  std::int64_t bytes_max = std::int64_t{2} << 30;   // of `levels`
  std::int64_t bad_files_max = 0;                   // unreadable picture files that are left out
};

// Reads every row of the data set `path`. Alpha is composited over the background as the server
// would; pictures are grey when all of a sample of them are, else colour.
// Errors: data::Open's, SurveyRows's and LeaveOutBad's; kInvalidArgument - pictures of several
// sizes and no
//         side_px, an unlabelled row, fewer than 2 classes; kTooLarge - over bytes_max.
Result<Examples> LoadExamples(const std::filesystem::path& path,
                              const LoadExamplesOptions& options);

}  // namespace credence::train
