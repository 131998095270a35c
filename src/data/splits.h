// What a path holds: one data set, or several splits of one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/dataset.h"

namespace credence::data {

struct Split {
  std::string name;  // empty: the only one and without a name
  Kind kind = Kind::kIdx;
  std::filesystem::path pictures;  // IDX: the images file; folders: the root; CSV: the file
  std::filesystem::path labels;    // IDX: the labels file; empty: there is none
};

// Looks at names only. Sorted by name. If an IDX file is there plain and packed, takes the plain
// one. Errors: kNotFound - nothing there, or nothing that holds pictures.
Result<std::vector<Split>> FindSplits(const std::filesystem::path& path);

struct Choice {
  std::size_t index = 0;
  bool by_itself = false;  // nobody asked for it, and there were others
};

// Which of `splits` to take. "test" and "t10k" stand for each other where only one of them is
// there. Errors: kNotFound - no such split; kInvalidArgument - several, none asked for, none
// preferred.
Result<Choice> ChooseSplit(const std::vector<Split>& splits, std::string_view asked, Prefer prefer);

// "t10k, train".
std::string ListNames(const std::vector<Split>& splits);

}  // namespace credence::data
