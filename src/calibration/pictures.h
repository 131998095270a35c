// The labelled pictures of a data set as the model will see them.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "calibration/progress.h"
#include "data/dataset.h"
#include "image/input_contract.h"
#include "reliability/thumbnail.h"

namespace credence::calibration {

inline constexpr std::int64_t kPictureBytesMax = std::int64_t{2} << 30;  // of all canonical ones

struct Pictures {
  reliability::PictureShape shape;
  std::vector<std::uint8_t> levels;  // [rows, height, width, channels], canonical
  std::vector<std::int32_t> labels;  // [rows]; -1: unlabelled
  std::string digest;                // of what was read (data::RowDigest)

  std::size_t rows() const { return labels.size(); }
};

// Reads all selected rows and adapts each to `contract`, picture files as those of a request. An
// array (IDX) of the contract's size is not framed again, because it already is what the model was
// made for; only its channels are changed to the contract's.
// Errors: kTooLarge - over kPictureBytesMax; RowReader::Read's, naming the row.
Result<Pictures> ReadPictures(const data::Dataset& dataset, const image::InputContract& contract,
                              const Progress& progress);

// Errors: kInvalidArgument - a row without a label, or with one that is none of the model's
//         classes, named.
Result<void> CheckLabels(const data::Dataset& dataset, int classes);

}  // namespace credence::calibration
