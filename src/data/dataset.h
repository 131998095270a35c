// Dataset: labelled pictures, read row by row, so that a set may be larger than memory.
//
// Kinds, found by content:
//   IDX pairs     FOLDER/SPLIT-images-idx3-ubyte[.gz] + SPLIT-labels-idx1-ubyte[.gz], the same with
//                 dots, or images.idx3[.gz] + labels.idx1[.gz]; or the path of an images file.
//                 Pictures uint8 [rows, height, width] or [rows, height, width, channels];
//                 classes.txt beside them, a line a class ("NAME" or "NUMBER<tab>NAME"), names them
//   class folders FOLDER/CLASS/**/picture or FOLDER/SPLIT/CLASS/**/picture
//   CSV           FILE.csv, FOLDER/SPLIT.csv, or the one .csv of a folder. Columns `file` (relative
//                 to the CSV) and `label` by the header's names; other columns are ignored
// Label texts that are all whole numbers below 1000 stand for themselves; others are the sorted
// names of the classes. `OpenOptions::classes` overrides both.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/picture_source.h"
#include "data/slice.h"

namespace credence::data {

enum class Kind { kIdx, kFolders, kCsv };

// "IDX", "class folders", "CSV".
std::string_view KindName(Kind kind);

// Which split to take when there are several and none was asked for.
enum class Prefer { kNone, kTest, kTrain };  // kNone: it is an error

enum class Labels { kRequired, kIfPresent };

struct DatasetLimits {
  std::int64_t rows_max = 20'000'000;               // each costs 4 bytes (IDX) or its path's length
  std::int64_t pixels_max = 50'000'000;             // of one IDX picture: width x height
  std::int64_t file_bytes_max = 256 * 1024 * 1024;  // one picture file or the CSV
  int classes_max = 100'000;
};

struct OpenOptions {
  // "train", "t10k", …; "test" and "t10k" stand for each other. Empty: the only one.
  std::string split = {};
  Prefer prefer = Prefer::kNone;
  Slice rows = {};  // of the split, in file order
  Labels labels = Labels::kRequired;
  std::vector<std::string> classes = {};  // labels must be among these; empty: from the data
  DecodeFunction decode = {};             // needed for picture files; IDX does without
  DatasetLimits limits = {};
};

struct Row {
  image::Decoded picture;   // of an IDX set only `pixels` say something
  image::Bytes file;        // what it was decoded from, until the reader's next Read; IDX: empty
  int label = -1;           // index into classes(), -1: unlabelled
  std::int64_t number = 0;  // in the split, in file order
};

// Reads rows of one Dataset, which must outlive it. Confined to the caller's thread.
class RowReader {
 public:
  // Errors: kNotFound   - a picture file is missing;
  //         kDataLoss   - the IDX file is cut short, too long or damaged;
  //         the decoder's codes - an unreadable picture.
  //         All name file, place and expectation. Other rows can still be read.
  // REQUIRES: 0 <= index < Dataset::rows().
  Result<void> Read(std::int64_t index, Row& out);

 private:
  friend class Dataset;
  RowReader(const class Dataset& dataset, std::unique_ptr<PictureReader> pictures)
      : dataset_(&dataset), pictures_(std::move(pictures)) {}

  const Dataset* dataset_;
  std::unique_ptr<PictureReader> pictures_;
};

// Immutable; readers on several threads may share it.
class Dataset {
 public:
  struct Parts {
    Kind kind = Kind::kIdx;
    std::filesystem::path path;  // as given
    std::string split;           // empty where there is only one
    std::vector<std::string> classes;
    std::vector<std::int32_t> labels;  // one a picture, -1: unlabelled
    std::vector<std::string> notes;
    std::unique_ptr<const PictureSource> pictures;
  };
  // REQUIRES: a label a picture, each -1 or below the number of classes.
  Dataset(Parts parts, const Slice& rows);

  Kind kind() const { return parts_.kind; }
  const std::filesystem::path& path() const { return parts_.path; }
  const std::string& split() const { return parts_.split; }
  const std::vector<std::string>& classes() const { return parts_.classes; }
  // What the user should know: which split was chosen without being asked for, which files were
  // skipped.
  const std::vector<std::string>& notes() const { return parts_.notes; }

  std::int64_t rows() const { return selection_.count; }
  // Of the selected rows, in their order; all -1 in an unlabelled set.
  std::span<const std::int32_t> labels() const { return labels_; }
  bool labelled() const { return !parts_.classes.empty(); }
  // The row's number in the split, in file order.
  std::int64_t Number(std::int64_t index) const { return selection_[index]; }
  // What to call the row in a message.
  std::string Name(std::int64_t index) const { return parts_.pictures->Name(Number(index)); }
  // False: read in ascending order, or load the rows into memory first.
  bool random_access_is_cheap() const { return parts_.pictures->random_access_is_cheap(); }

  // Errors: kNotFound - the file has gone.
  Result<RowReader> NewReader() const;

 private:
  friend class RowReader;
  Parts parts_;
  RowRange selection_;
  std::vector<std::int32_t> labels_;
};

// Finds out what `path` is and opens it. Labels are read and checked here, pictures later.
// Errors: kNotFound - nothing there, no such split, or nothing of the kinds above;
//         kDataLoss - IDX: bad magic, cut short, or the counts of pictures and labels differ;
//         kInvalidArgument - several splits and none chosen, a malformed CSV, a label that is none
//                     of the classes, no rows left;
//         kUnimplemented - picture files, and no `decode`;
//         kTooLarge - over `limits`.
Result<Dataset> Open(const std::filesystem::path& path, const OpenOptions& options);

// The splits that Open would accept for `path`, sorted; empty where there is nothing to choose.
std::vector<std::string> Splits(const std::filesystem::path& path);

}  // namespace credence::data
