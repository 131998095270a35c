// What a path holds: one data set, or several splits of one. Names and CSV headers are looked at,
// no picture is read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/csv_list.h"
#include "data/dataset.h"

namespace credence::data {

// How the folders of a split give its pictures their labels.
enum class Below {
  kClasses,      // a folder a class; each has pictures itself
  kDeepClasses,  // a folder a class; its pictures may all lie deeper
  kPictures,     // not at all
};

struct Split {
  std::string name;  // empty: the only one and without a name
  Kind kind = Kind::kIdx;
  std::filesystem::path pictures;     // IDX: the images file; folders: the root; CSV: the file
  std::filesystem::path labels = {};  // IDX: the labels file; empty: there is none
  CsvColumns columns = {};            // CSV
  std::string value = {};             // CSV: the rows with this in its column of splits; empty: all
  Below below = Below::kClasses;      // folders
  // Folders: the classes of all splits. A split that lacks one numbers the others as they do.
  std::vector<std::string> classes = {};
};

struct Found {
  std::vector<Split> splits;       // sorted by name; not empty
  std::string layout;              // how the path was understood, as a phrase
  std::vector<std::string> notes;  // what was passed over
  bool labelled = false;           // folders: they give labels, and nothing speaks against it
};

struct FindOptions {
  Layout layout = Layout::kAny;
  Labels labels = Labels::kRequired;
  std::string group_column = {};  // see FindColumns
  DatasetLimits limits = {};
};

// If an IDX file is there plain and packed, takes the plain one.
// Errors: kNotFound - nothing there, nothing that holds pictures, or nothing of that layout; a
//                     folder that cannot be read;
//         kInvalidArgument - it can be read in two ways, naming both; a malformed CSV.
Result<Found> FindSplits(const std::filesystem::path& path, const FindOptions& options);

// FindSplits for the folders in `root` and the pictures in them.
Result<Found> FindFolderSplits(const std::filesystem::path& root, const FindOptions& options);

struct Choice {
  std::size_t index = 0;
  bool by_itself = false;  // nobody asked for it, and there were others
};

// Which of `splits` to take: by its name, or by what the name is for where only one is ("test"
// finds t10k and Testing). Errors: kNotFound - no such split; kInvalidArgument - several, none
// asked for, none preferred.
Result<Choice> ChooseSplit(const std::vector<Split>& splits, std::string_view asked, Prefer prefer);

// "t10k, train".
std::string ListNames(const std::vector<Split>& splits);

}  // namespace credence::data
