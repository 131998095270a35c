// How a user says what a data set is and how clean it must be: for every verb that reads one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "data/dataset.h"

namespace CLI {
class App;
}

namespace credence::cli {

struct ReadFlags {
  std::string layout = "any";
  bool transpose = false;
  std::optional<int> first_label = {};
  std::string group_by = {}, group_column = {}, groups = {};  // at most one of them
};

// --layout, --transpose, --first-label, --group-by, --group-column, --groups.
void AddReadFlags(CLI::App& verb, ReadFlags& flags);

// Errors: kInvalidArgument - a flag's value, named.
Result<void> Apply(const ReadFlags& flags, data::OpenOptions& options);

// --bad-files-max.
void AddBadFilesFlag(CLI::App& verb, std::int64_t& bad_files_max);

}  // namespace credence::cli
