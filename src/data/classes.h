// Turns labels as they are written into class indices.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::data {

struct ClassNames {
  std::vector<std::string> classes;
  std::vector<std::int32_t> labels;  // one a text
};

struct ClassOptions {
  std::string name;                  // the file or folder, for messages
  std::vector<std::string> classes;  // the texts must be among these; empty: found from the texts
  int classes_max = 100'000;
};

// Texts that are all whole numbers below 1000 without leading zeros stand for themselves: the
// classes are "0" up to the largest. Others: the different texts sorted by bytes.
// where(i): names the i-th text's place in messages.
// Errors: kInvalidArgument - a text that is none of options.classes; kTooLarge - over classes_max.
Result<ClassNames> NameClasses(std::span<const std::string> texts, const ClassOptions& options,
                               const std::function<std::string(std::size_t)>& where);

// Names for labels that are numbers already: the given ones, else "0" up to the largest label.
// Errors: kInvalidArgument - a label >= the number of given classes; kTooLarge - over classes_max.
Result<std::vector<std::string>> NumberClasses(std::span<const std::int32_t> labels,
                                               const ClassOptions& options);

// The lines of a classes.txt: "NAME", or "NUMBER<tab>NAME" numbered from 0 without gaps.
// Errors: kNotFound - no such file; kInvalidArgument - empty, over 1 MiB, or misnumbered.
Result<std::vector<std::string>> ReadClassesFile(const std::filesystem::path& path);

}  // namespace credence::data
