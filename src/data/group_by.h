// Which pictures belong together: one writer, patient, track, camera burst. They are never divided
// between parts that must not know of each other.
// Threads: pure but for the reading of a groups file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::data {

// How a picture's group is told from its file.
struct GroupBy {
  enum class Kind { kNone, kFolder, kPrefix, kExpression };
  Kind kind = Kind::kNone;
  int depth = 1;     // kFolder: 1 the folder that the file lies in, 2 the one above, …
  std::string text;  // kPrefix: the name goes up to the first of these characters;
                     // kExpression: a regular expression, matched at the name's beginning
};

// Reads "folder", "folder:2", "prefix", "prefix:_-", "prefix:[0-9]+". What follows "prefix:" is a
// regular expression (ECMAScript) unless it is punctuation only: then it is the characters that
// end a prefix; without it they are "_-.". Empty: kNone.
// Errors: kInvalidArgument - none of these.
Result<GroupBy> ParseGroupBy(std::string_view text);

struct GroupedFile {
  std::string path;  // below the set's root, '/' between folders
  std::int32_t label = -1;
};

// Each file's group, numbered from 0 by first sight. By prefix, and where files lie in a folder a
// class, those of two labels are never one group: numbering starts anew in each class.
// Errors: kInvalidArgument - a file without such a folder, or that the expression does not match.
Result<std::vector<std::int32_t>> GroupFiles(const GroupBy& by, bool class_folders,
                                             std::span<const GroupedFile> files);

// A text file with one value a line, one line a picture.
// Errors: kNotFound; kInvalidArgument - another number of lines, or an empty one.
Result<std::vector<std::int32_t>> ReadGroups(const std::filesystem::path& file, std::int64_t rows);

// Numbers from 0 in the order of first sight.
std::vector<std::int32_t> NumberGroups(std::span<const std::string> texts);

}  // namespace credence::data
