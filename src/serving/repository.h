// What is on disk: finds predictors, their versions, and the files that make each version.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace credence::serving {

// One file as a look at the disk saw it.
struct FileStamp {
  std::string name;  // within the version's folder: "variables/variables.index"
  std::uintmax_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// The files of one version that a load reads: the model's, and ours in AssetsOf(version).
struct VersionFiles {
  std::vector<FileStamp> stamps;  // sorted by name
  // The newest inode change of these files and of the folders that hold them: copying with the old
  // file times does not hide it.
  WallTime changed;
  // False: for want of memory or descriptors, or by a fault of the disk, some may be missing.
  bool whole = true;
};

// At most 10,000 files. What cannot be read is left out.
VersionFiles ListFiles(const std::filesystem::path& version);

struct FoundVersion {
  std::int64_t version = 1;    // 1 .. 2^63-1
  std::filesystem::path path;  // a SavedModel directory, an .onnx or an .xml file
  VersionFiles files;
};

struct FoundPredictor {
  std::string name;
  std::vector<FoundVersion> versions;  // highest first, not empty
  std::filesystem::path folder;        // that of its versions; empty for a bare model
};

struct Found {
  std::vector<FoundPredictor> predictors;  // sorted by name, not empty
  // What was passed over, and why: one sentence each.
  std::vector<std::string> notes;
  // False: for want of memory or descriptors, or by a fault of the disk, a folder was not read to
  // its end. What is missing here may be there.
  bool whole = true;
};

// Finds predictors under `path`, which is one of
//   a repository of TensorFlow Serving, of Triton:  NAME/VERSION/[model.savedmodel/]saved_model.pb
//   a folder of bare SavedModels or model files:     NAME/saved_model.pb, NAME.onnx, NAME.xml
//   one SavedModel (or one predictor's folder of numbered versions), or one model file
// The folder of a version is its number; leading zeros are allowed. Of two folders with one number
// the one with fewer zeros counts. Names that start with '.' are passed over, as is what is no
// model. At most 1000 predictors, the first by name, and 1000 versions each, the highest.
// A folder that may not be read is taken for a model: its load is refused and says so.
// Errors: kNotFound - no such path, or no model in it: the message says what was looked for;
// kUnavailable - none was found, but a folder could not be read.
Result<Found> Scan(const std::filesystem::path& path);

// A version number as a folder's name or a flag gives it: digits, 1 .. 2^63-1, leading zeros
// allowed; nullopt for anything else.
std::optional<std::int64_t> ParseVersionNumber(std::string_view text);

}  // namespace credence::serving
