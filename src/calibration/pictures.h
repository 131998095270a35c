// The pictures of a data set on the way that the server's requests take to a model.
// Threads: confined to the caller's thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "calibration/progress.h"
#include "data/dataset.h"
#include "data/digest.h"
#include "predictor/predictor.h"
#include "reliability/thumbnail.h"

namespace credence::calibration {

inline constexpr std::int64_t kPictureBytesMax = std::int64_t{2} << 30;  // of all canonical ones

// Prepares row after row of a data set for a predictor: a picture file as a request with its bytes,
// an array (IDX) as a request with a lossless file of it.
class PreparedRows {
 public:
  // Errors: kTooLarge - the canonical pictures are over kPictureBytesMax; Dataset::NewReader's.
  // REQUIRES: both outlive the rows.
  static Result<PreparedRows> Open(const data::Dataset& dataset,
                                   const predictor::Predictor& predictor);

  // Errors: RowReader::Read's and Predictor::Prepare's, naming the row.
  Result<void> Prepare(std::int64_t index, predictor::Answer& answer);
  // Of all rows prepared. REQUIRES: nothing is prepared afterwards.
  std::string Digest() { return digest_.Finish(); }

 private:
  PreparedRows(const data::Dataset& dataset, const predictor::Predictor& predictor,
               data::RowReader reader)
      : dataset_(&dataset), predictor_(&predictor), reader_(std::move(reader)) {}

  const data::Dataset* dataset_;
  const predictor::Predictor* predictor_;
  data::RowReader reader_;
  data::Row row_;
  data::RowDigest digest_;
  predictor::Workspace workspace_;
};

// The labelled pictures of a data set as the model will see them, without those that the server
// calls `reliable` in no case.
struct Pictures {
  reliability::PictureShape shape;
  std::vector<std::uint8_t> levels;  // [rows, height, width, channels], canonical
  std::vector<std::int32_t> labels;  // [rows]; -1: unlabelled
  std::vector<std::int32_t> groups;  // [rows], or empty: data::Dataset::groups
  std::vector<std::int32_t> torn;    // groups of pictures that were left out
  // [rows]: row numbers by the natural order of their files' names ("img2" before "img10"); empty
  // where pictures are no files in class folders.
  std::vector<std::size_t> order;
  std::size_t blank = 0;     // left out: no content was found in them
  std::size_t doubtful = 0;  // left out: image::Adapted::doubtful
  std::string digest;        // of all that was read (data::RowDigest)

  std::size_t rows() const { return labels.size(); }
};

// Errors: PreparedRows'.
Result<Pictures> ReadPictures(const data::Dataset& dataset, const predictor::Predictor& predictor,
                              const Progress& progress);

// Errors: kInvalidArgument - a row without a label, or with one that is none of the model's
//         classes, named.
Result<void> CheckLabels(const data::Dataset& dataset, int classes);

}  // namespace credence::calibration
