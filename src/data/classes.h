// Turns labels as they are written into class indices.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::data {

struct ClassNames {
  std::vector<std::string> classes;
  std::vector<std::int32_t> labels;   // one a text: its class
  std::vector<std::int32_t> written;  // one a text: its number where all texts are numbers below
                                      // 1000, else its place among the sorted names
};

struct ClassOptions {
  std::string name;                  // the file or folder, for messages
  std::vector<std::string> classes;  // the texts must be among these; empty: found from the texts
  std::vector<std::string> others = {};  // names of classes that no text may have
  std::optional<int> first_label = {};   // NumberClasses: the number of the first class; 0
  int classes_max = 100'000;
};

// The classes are the different texts, and options.others: sorted by value where all are whole
// numbers below 1000 without leading zeros, else by bytes. What numbers stand for, only a model
// knows.
// where(i): names the i-th text's place in messages.
// Errors: kInvalidArgument - a text that is none of options.classes; kTooLarge - over classes_max.
Result<ClassNames> NameClasses(std::span<const std::string> texts, const ClassOptions& options,
                               const std::function<std::string(std::size_t)>& where);

// Labels that are numbers already: takes first_label off each, and returns the classes' names: the
// given ones, else the numbers from first_label up to the largest label.
// Errors: kInvalidArgument - a label below first_label, or beyond the given classes;
//         kTooLarge - over classes_max.
Result<std::vector<std::string>> NumberClasses(std::vector<std::int32_t>& labels,
                                               const ClassOptions& options);

// "0", "1", …, as the names of `count` classes whose first has the number `first`.
std::vector<std::string> ClassNumbers(int first, std::int64_t count);

// Whether each text is a whole number below 1000 without leading zeros. Of no texts: false.
bool AreNumbers(std::span<const std::string> texts);

// The lines of a classes.txt: "NAME", or "NUMBER<tab>NAME" numbered from 0 without gaps.
// Errors: kNotFound - no such file; kInvalidArgument - empty, over 1 MiB, or misnumbered.
Result<std::vector<std::string>> ReadClassesFile(const std::filesystem::path& path);

}  // namespace credence::data
