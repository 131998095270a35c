// Dataset: labelled pictures, read row by row, so that a set may be larger than memory.
//
// Kinds, found by content:
//   IDX pairs     FOLDER/SPLIT-images-idx3-ubyte[.gz] + SPLIT-labels-idx1-ubyte[.gz], the same with
//                 dots, or images.idx3[.gz] + labels.idx1[.gz]; or the path of an images file.
//                 Pictures uint8 [rows, height, width] or [rows, height, width, channels];
//                 classes.txt beside them, a line a class ("NAME" or "NUMBER<tab>NAME"), names them
//   class folders FOLDER/CLASS/**/picture or FOLDER/SPLIT/CLASS/**/picture; a class has pictures
//                 itself, a split has a usual name (split_names.h)
//   CSV           FILE.csv, FOLDER/SPLIT.csv, or the one .csv of a folder: a list of files
//   (relative
//                 to it) with labels, groups and splits, or pixels (csv_list.h)
// What can be read in two ways is an error that names both; `OpenOptions::layout` decides.
// The classes of texts are the different ones (classes.h); of numbers (IDX), 0 up to the largest.
// `OpenOptions::classes` overrides both.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/group_by.h"
#include "data/picture_source.h"
#include "data/slice.h"

namespace credence::data {

enum class Kind { kIdx, kFolders, kCsv, kPixelCsv };

// "IDX", "class folders", "CSV", "CSV of pixels".
std::string_view KindName(Kind kind);

// Which split to take when there are several and none was asked for.
enum class Prefer { kNone, kTest, kTrain };  // kNone: it is an error

// kIgnored: a folder is all the pictures below it, where it is not several splits.
enum class Labels { kRequired, kIfPresent, kIgnored };

// How a path is to be read. kAny: as what it is beyond doubt. kClasses: a folder a class, whatever
// lies in them; kSplits: a folder a split, whatever they are called; kPictures: without labels.
enum class Layout { kAny, kIdx, kCsv, kClasses, kSplits, kPictures };

inline constexpr std::array<std::string_view, 6> kLayoutNames = {"any",     "idx",    "csv",
                                                                 "classes", "splits", "pictures"};
constexpr std::string_view LayoutName(Layout layout) {
  return kLayoutNames[static_cast<std::size_t>(layout)];
}
// Errors: kInvalidArgument - none of kLayoutNames.
Result<Layout> ParseLayout(std::string_view text);

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
  Layout layout = Layout::kAny;
  bool transpose = false;  // IDX and pixels: rows and columns change places, as EMNIST needs it
  // Labels are numbers, and this is the first class's: 1 for EMNIST's letters. Not given: of IDX 0;
  // texts are names, also those that look like numbers.
  std::optional<int> first_label = {};
  // What says which pictures belong together; at most one of the three. A CSV's column of groups
  // does without being asked.
  GroupBy group_by = {};                   // of picture files
  std::string group_column = {};           // of a CSV
  std::filesystem::path groups_file = {};  // a line a picture of the split
  DecodeFunction decode = {};              // needed for picture files; IDX does without
  DatasetLimits limits = {};
};

struct Row {
  image::Decoded picture;  // of an IDX set only `pixels` say something
  image::Bytes file;       // what it was decoded from, until the reader's next Read; IDX: empty
  int label = -1;          // index into classes(), -1: unlabelled
  // The label as RowDigest takes it: as the data has it, whatever the classes were said to be. Its
  // number where the data's labels are numbers, else its place among the data's sorted names.
  std::int32_t written = -1;
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
    std::vector<std::int32_t> labels;   // one a picture, -1: unlabelled
    std::vector<std::int32_t> written;  // one a picture: Row::written
    std::vector<std::int32_t> groups;   // one a picture, or empty
    std::string group_source;           // what said so: "column group"; empty: nothing
    std::string layout;
    std::vector<std::string> notes;
    bool transpose = false;
    std::unique_ptr<const PictureSource> pictures;
  };
  // REQUIRES: a label and a written label a picture, each label -1 or below the number of classes.
  Dataset(Parts parts, const Slice& rows);

  Kind kind() const { return parts_.kind; }
  const std::filesystem::path& path() const { return parts_.path; }
  const std::string& split() const { return parts_.split; }
  const std::vector<std::string>& classes() const { return parts_.classes; }
  // How the path was understood, as a phrase: "splits t10k, train, in each a folder a class".
  const std::string& layout() const { return parts_.layout; }
  // What the user should know: which split was chosen without being asked for, which files were
  // skipped.
  const std::vector<std::string>& notes() const { return parts_.notes; }

  std::int64_t rows() const { return std::ssize(labels_); }
  // Of the selected rows, in their order; all -1 in an unlabelled set.
  std::span<const std::int32_t> labels() const { return labels_; }
  bool labelled() const { return !parts_.classes.empty(); }
  // Pictures of one group belong together (one writer, one video) and should not be divided.
  // Numbers from 0 in the order of first sight, of the selected rows; empty where the data says
  // nothing.
  std::span<const std::int32_t> groups() const { return groups_; }
  // The row's number in the split, in file order.
  std::int64_t Number(std::int64_t index) const {
    return kept_.empty() ? selection_[index] : kept_[static_cast<std::size_t>(index)];
  }
  // What to call the row in a message.
  std::string Name(std::int64_t index) const { return parts_.pictures->Name(Number(index)); }
  // What said which pictures belong together: "column writer", "folder"; empty: nothing.
  const std::string& group_source() const { return parts_.group_source; }
  // The row's file below the set's root; empty where pictures are no files of their own.
  std::string File(std::int64_t index) const { return parts_.pictures->File(Number(index)); }
  // False: read in ascending order, or load the rows into memory first.
  bool random_access_is_cheap() const { return parts_.pictures->random_access_is_cheap(); }

  // Errors: kNotFound - the file has gone.
  Result<RowReader> NewReader() const;

  // Leaves out rows: unreadable pictures. REQUIRES: rows: ascending, each below rows().
  void LeaveOut(std::span<const std::int64_t> rows);

 private:
  friend class RowReader;
  Parts parts_;
  RowRange selection_;
  std::vector<std::int64_t> kept_;  // the rows of the selection that are left; empty: all
  std::vector<std::int32_t> labels_, written_, groups_;
};

// Finds out what `path` is and opens it. Labels are read and checked here, pictures later.
// Errors: kNotFound - nothing there, no such split, or nothing of the kinds above;
//         kDataLoss - IDX: bad magic, cut short, or the counts of pictures and labels differ;
//         kInvalidArgument - several splits and none chosen, a malformed CSV, a label that is none
//                     of the classes, no rows left, two readings; where labels are required, a
//                     class without pictures; `transpose` of picture files; groups that cannot be
//                     told;
//         kUnimplemented - picture files, and no `decode`;
//         kTooLarge - over `limits`.
Result<Dataset> Open(const std::filesystem::path& path, const OpenOptions& options);

// The splits that Open would accept for `path`, sorted; empty where there is nothing to choose.
// Errors: kNotFound, kInvalidArgument - Open's about the path.
Result<std::vector<std::string>> Splits(const std::filesystem::path& path,
                                        const OpenOptions& options);

}  // namespace credence::data
