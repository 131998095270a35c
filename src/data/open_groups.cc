#include "data/open_groups.h"

#include <vector>

namespace credence::data {

Result<void> SetGroups(const Split& split, const OpenOptions& options, Dataset::Parts& parts) {
  const bool csv = split.kind == Kind::kCsv || split.kind == Kind::kPixelCsv;
  const auto refuse = [](const char* what) {
    return Error{Code::kInvalidArgument, std::string("groups cannot be told ") + what};
  };
  if (!options.group_column.empty() && !csv) return refuse("by a column: this is no CSV");
  if (csv && split.columns.group) parts.group_source = "column " + *split.columns.group_name();
  Result<std::vector<std::int32_t>> groups = std::vector<std::int32_t>();
  if (!options.groups_file.empty()) {
    groups = ReadGroups(options.groups_file, parts.pictures->rows());
    parts.group_source = "file " + options.groups_file.filename().string();
  } else if (options.group_by.kind != GroupBy::Kind::kNone) {
    std::vector<GroupedFile> files;
    for (std::int64_t row = 0; row < parts.pictures->rows(); ++row) {
      files.push_back({parts.pictures->File(row), parts.labels[static_cast<std::size_t>(row)]});
    }
    if (files.empty() || files[0].path.empty()) return refuse("by files: pictures have none here");
    groups = GroupFiles(options.group_by, split.below != Below::kPictures && !csv, files);
    parts.group_source =
        options.group_by.kind == GroupBy::Kind::kFolder ? "folder" : "prefix of the file's name";
  } else {
    return {};
  }
  if (!groups) return groups.error();
  parts.groups = *std::move(groups);
  return {};
}

}  // namespace credence::data
