#include "cli/data_flags.h"

#include <CLI/CLI.hpp>

#include "cli/numbers.h"

namespace credence::cli {

void AddReadFlags(CLI::App& verb, ReadFlags& flags) {
  const std::string group = "How the data is read";
  verb.add_option("--layout", flags.layout,
                  "What the path holds, where that could be mistaken: idx; csv; classes, a folder "
                  "a class; splits, a folder a split; pictures, without labels; any: find out")
      ->check(CLI::IsMember(
          std::vector<std::string>(data::kLayoutNames.begin(), data::kLayoutNames.end())))
      ->capture_default_str()
      ->group(group);
  verb.add_flag("--transpose", flags.transpose,
                "Rows and columns change places: EMNIST's pictures lie on their sides (IDX files "
                "and CSVs of pixels)")
      ->group(group);
  verb.add_option(
          "--first-label", flags.first_label,
          "Labels are class numbers, and this is the first class's: 1 for EMNIST's letters; "
          "default: IDX labels count from 0, texts are names")
      ->check(WholeNumber(0, 1'000'000))
      ->group(group);
  CLI::Option* by = verb.add_option(
      "--group-by", flags.group_by,
      "Which pictures belong together (one writer, patient, track) and are never divided, by their "
      "files: folder, the folder they lie in (folder:2, the one above); prefix, the name up to "
      "the first of _ - . (prefix:CHARS, of others; prefix:REGEX, what matches at its beginning)");
  CLI::Option* column = verb.add_option("--group-column", flags.group_column,
                                        "The same, by a column of the CSV; default: 'group'");
  CLI::Option* file = verb.add_option(
      "--groups", flags.groups, "The same, by a text file with a line a picture of the split");
  by->group(group)->excludes(column)->excludes(file);
  column->group(group)->excludes(file);
  file->group(group);
}

Result<void> Apply(const ReadFlags& flags, data::OpenOptions& options) {
  const auto layout = data::ParseLayout(flags.layout);
  if (!layout) return Annotate(layout.error(), "--layout");
  options.layout = *layout;
  options.transpose = flags.transpose;
  options.first_label = flags.first_label;
  const auto by = data::ParseGroupBy(flags.group_by);
  if (!by) return Annotate(by.error(), "--group-by");
  options.group_by = *by;
  options.group_column = flags.group_column;
  options.groups_file = flags.groups;
  return {};
}

void AddBadFilesFlag(CLI::App& verb, std::int64_t& bad_files_max) {
  verb.add_option("--bad-files-max", bad_files_max,
                  "Leave out so many picture files that cannot be read, and go on; with more, all "
                  "are listed and nothing is done")
      ->check(WholeNumber(0, 20'000'000))
      ->capture_default_str();
}

}  // namespace credence::cli
