#include "data/splits.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "base/ascii.h"
#include "base/check.h"
#include "data/csv.h"
#include "data/folders.h"
#include "data/picture_files.h"
#include "data/pixel_csv.h"
#include "data/split_names.h"

namespace credence::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeaderBytesMax = 1 << 20;
constexpr std::size_t kLookedUpMax = 100;  // files of a list, to find out whether they are there

// The parts of "train-images-idx3-ubyte.gz".
struct IdxName {
  std::string split;
  bool images = false;
};

bool IsSeparator(char c) { return c == '-' || c == '_' || c == '.'; }

bool StripEnd(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

bool StripSeparator(std::string_view& text) {
  if (text.empty() || !IsSeparator(text.back())) return false;
  text.remove_suffix(1);
  return true;
}

std::optional<IdxName> ParseIdxName(std::string_view name) {
  StripEnd(name, ".gz");
  if (StripEnd(name, "ubyte") && !StripSeparator(name)) return std::nullopt;
  const bool one = StripEnd(name, "idx1");
  if (!one && !StripEnd(name, "idx3") && !StripEnd(name, "idx4")) return std::nullopt;
  if (!StripSeparator(name) || !StripEnd(name, one ? "labels" : "images")) return std::nullopt;
  if (!name.empty() && !StripSeparator(name)) return std::nullopt;
  return IdxName{std::string(name), !one};
}

bool IsCsv(const fs::path& file) {
  const std::string ending = file.extension().string();
  return EqualsIgnoringCase(ending, ".csv") || EqualsIgnoringCase(ending, ".tsv");
}

std::vector<Split> FindIdx(const fs::path& folder, const std::vector<std::string>& files) {
  std::map<std::string, Split> found;
  for (const std::string& name : files) {  // "x" before "x.gz"
    const std::optional<IdxName> parts = ParseIdxName(name);
    if (!parts) continue;
    Split& split = found[parts->split];
    fs::path& file = parts->images ? split.pictures : split.labels;
    if (file.empty()) file = folder / name;
  }
  std::vector<Split> splits;
  for (auto& [name, split] : found) {
    if (split.pictures.empty()) continue;
    split.name = name;
    splits.push_back(std::move(split));
  }
  return splits;
}

Result<CsvColumns> ReadColumns(const fs::path& file, const std::string& group_column) {
  std::ifstream in(file, std::ios::binary);
  std::string head(kHeaderBytesMax, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  if (!in.is_open() || in.bad()) return Error{Code::kNotFound, file.string() + ": cannot be read"};
  head.resize(static_cast<std::size_t>(in.gcount()));
  return FindColumns(head, file.string(), group_column);
}

Result<CsvList> ReadList(const fs::path& file, const DatasetLimits& limits) {
  std::vector<std::uint8_t> bytes;
  if (auto read = ReadFile(file, limits.file_bytes_max, bytes); !read) return read.error();
  return ParseCsvList({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string(),
                      limits.rows_max);
}

// The values in a CSV's column of splits.
Result<std::set<std::string>> SplitValues(const fs::path& file, const CsvColumns& columns,
                                          const DatasetLimits& limits) {
  std::set<std::string> values;
  if (columns.side > 0) {
    auto pixels = OpenPixelCsv(file, {.columns = columns, .rows_max = limits.rows_max});
    if (!pixels) return pixels.error();
    values.insert(pixels->splits.begin(), pixels->splits.end());
  } else {
    auto list = ReadList(file, limits);
    if (!list) return list.error();
    for (CsvRow& row : list->rows) values.insert(std::move(row.split));
  }
  return values;
}

// A CSV as one split, or as those of its column of splits, whose names get `prefix`.
Result<std::vector<Split>> SplitsOfCsv(const fs::path& file, const CsvColumns& columns,
                                       const std::string& prefix, const DatasetLimits& limits) {
  Split split{file.stem().string(), columns.side > 0 ? Kind::kPixelCsv : Kind::kCsv, file};
  split.columns = columns;
  if (!columns.split) return std::vector<Split>{split};
  const auto values = SplitValues(file, columns, limits);
  if (!values) return values.error();
  std::vector<Split> splits;
  for (const std::string& value : *values) {
    split.name = prefix + value;
    split.value = value;
    splits.push_back(split);
  }
  if (splits.empty()) splits.push_back(split);
  return splits;
}

Result<Found> FindInCsv(const fs::path& file, const FindOptions& options) {
  const auto columns = ReadColumns(file, options.group_column);
  if (!columns) return columns.error();
  if (!columns->holds_pictures()) return NoPictureColumn(*columns, file.string());
  auto splits = SplitsOfCsv(file, *columns, "", options.limits);
  if (!splits) return splits.error();
  return Found{*std::move(splits), "CSV: " + columns->Text(), columns->notes};
}

// The CSVs of a folder that hold pictures; notes say why others do not.
Result<Found> FindCsv(const fs::path& folder, const std::vector<std::string>& files,
                      const FindOptions& options) {
  Found found;
  std::vector<std::pair<fs::path, CsvColumns>> lists;
  for (const std::string& name : files) {
    if (!IsCsv(name)) continue;
    auto columns = ReadColumns(folder / name, options.group_column);
    const bool good = columns && columns->holds_pictures();
    if (!good) {
      const Error why =
          columns ? NoPictureColumn(*columns, (folder / name).string()) : columns.error();
      found.notes.push_back("passed over " + why.message);
    } else {
      lists.emplace_back(folder / name, *std::move(columns));
    }
  }
  for (const auto& [file, columns] : lists) {
    const std::string prefix = lists.size() > 1 ? file.stem().string() + "/" : "";
    auto splits = SplitsOfCsv(file, columns, prefix, options.limits);
    if (!splits) return splits.error();
    found.splits.insert(found.splits.end(), splits->begin(), splits->end());
    found.layout += (found.layout.empty() ? "CSV: " : "; ") +
                    (lists.size() > 1 ? file.filename().string() + " with " : "") + columns.Text();
    found.notes.insert(found.notes.end(), columns.notes.begin(), columns.notes.end());
  }
  return found;
}

// What a list says beside folders that can be read themselves.
enum class Beside { kSame, kOther, kNothing };

std::string FolderOf(const CsvRow& row) { return fs::path(row.file).parent_path().filename(); }

// The first row whose label is neither the name of its folder nor, in all rows, the folder's number
// in the order of their names; nullptr: there is none.
const CsvRow* FirstOther(const std::vector<CsvRow>& rows) {
  std::map<std::string, std::string> numbers;
  for (const CsvRow& row : rows) numbers[FolderOf(row)];
  std::size_t next = 0;
  for (auto& [name, number] : numbers) number = std::to_string(next++);
  if (std::all_of(rows.begin(), rows.end(),
                  [&](const CsvRow& row) { return numbers.at(FolderOf(row)) == row.label; })) {
    return nullptr;
  }
  const auto other = std::find_if(rows.begin(), rows.end(),
                                  [](const CsvRow& row) { return FolderOf(row) != row.label; });
  return other == rows.end() ? nullptr : &*other;
}

// kSame: every label is the file's folder, by name or number; kNothing: none of the files is there.
Result<Beside> Compare(const Split& csv, const DatasetLimits& limits, std::string& why) {
  why = csv.pictures.filename().string() + " (" + csv.columns.Text() + ")";
  if (csv.kind == Kind::kPixelCsv) return Beside::kOther;
  const auto list = ReadList(csv.pictures, limits);
  if (!list) return list.error();
  const fs::path root = csv.pictures.parent_path();
  std::error_code ignored;
  const std::size_t looked_up = std::min(list->rows.size(), kLookedUpMax);
  const auto end = list->rows.begin() + static_cast<std::ptrdiff_t>(looked_up);
  if (std::none_of(list->rows.begin(), end,
                   [&](const CsvRow& row) { return fs::exists(root / row.file, ignored); })) {
    return Beside::kNothing;
  }
  if (!csv.columns.label) return Beside::kOther;
  const CsvRow* const other = FirstOther(list->rows);
  if (other == nullptr) return Beside::kSame;
  why += ", whose line " + std::to_string(other->line) + " says '" + other->label + "' of " +
         other->file;
  return Beside::kOther;
}

// CSVs and folders that hold labelled pictures, in one folder: reads the folders where the CSVs add
// nothing. Errors: kInvalidArgument - two readings.
Result<Found> Reconcile(const fs::path& path, Found csv, Found folders,
                        const FindOptions& options) {
  std::set<fs::path> seen;
  for (const Split& split : csv.splits) {
    if (!seen.insert(split.pictures).second) continue;
    std::string why;
    const auto beside = Compare(split, options.limits, why);
    if (!beside) return beside.error();
    if (*beside == Beside::kOther) {
      return Error{Code::kInvalidArgument,
                   path.string() + ": can be read in two ways: " + folders.layout + ", or by " +
                       why + "; say which by --layout csv, or classes or splits for the folders"};
    }
    folders.notes.push_back("passed over " + split.pictures.string() +
                            (*beside == Beside::kSame
                                 ? ", which has the folders' labels; its own path reads it"
                                 : ": none of the files that it begins with is there"));
  }
  folders.notes.insert(folders.notes.end(), csv.notes.begin(), csv.notes.end());
  return folders;
}

Error None(const fs::path& path, std::string_view what) {
  return {Code::kNotFound, path.string() + ": holds no " + std::string(what)};
}

Result<Found> FindInIdx(const fs::path& path, const FolderContent& content,
                        std::vector<Split> idx) {
  std::string passed_over;
  for (const std::string& name : content.folders) passed_over += ", " + name + "/";
  for (const std::string& name : content.others) {
    if (IsCsv(name)) passed_over += ", " + name;
  }
  Found found{std::move(idx), "IDX files", {}};
  if (!passed_over.empty()) {
    found.notes.push_back("passed over beside the IDX files in " + path.string() + ": " +
                          passed_over.substr(2));
  }
  return found;
}

Result<Found> FindInFolder(const fs::path& path, const FindOptions& options) {
  Result<FolderContent> content = ReadFolder(path);
  if (!content) return content.error();
  const Layout layout = options.layout;
  if (layout == Layout::kAny || layout == Layout::kIdx) {
    std::vector<Split> idx = FindIdx(path, content->others);
    if (!idx.empty()) return FindInIdx(path, *content, std::move(idx));
    if (layout == Layout::kIdx) return None(path, "IDX files");
  }
  if (layout != Layout::kAny && layout != Layout::kCsv) return FindFolderSplits(path, options);
  Result<Found> csv = FindCsv(path, content->others, options);
  if (!csv) return csv.error();
  if (layout == Layout::kCsv) {
    return csv->splits.empty() ? None(path, "CSV with a list of pictures or with pixels") : csv;
  }
  const bool list = !csv->splits.empty();
  if (list && (content->folders.empty() || options.labels == Labels::kIgnored)) return csv;
  Result<Found> folders = FindFolderSplits(path, options);
  if (list) {
    return folders && folders->labelled ? Reconcile(path, *csv, *folders, options) : csv;
  }
  if (!folders) return folders;
  folders->notes.insert(folders->notes.end(), csv->notes.begin(), csv->notes.end());
  return folders;
}

Result<Found> FindInFile(const fs::path& file, const FindOptions& options) {
  const bool any = options.layout == Layout::kAny;
  if (IsCsv(file) && (any || options.layout == Layout::kCsv)) return FindInCsv(file, options);
  const std::optional<IdxName> parts = ParseIdxName(file.filename().string());
  if (!parts || !parts->images || (!any && options.layout != Layout::kIdx)) {
    return Error{
        Code::kNotFound,
        file.string() + ": not a data set" +
            (any ? "" : " of the layout '" + std::string(LayoutName(options.layout)) + "'") +
            "; expected a folder, a .csv, or an IDX file named like "
            "train-images-idx3-ubyte.gz"};
  }
  const fs::path folder = file.parent_path().empty() ? "." : file.parent_path();
  Result<FolderContent> content = ReadFolder(folder);
  if (!content) return content.error();
  Found found{FindIdx(file.parent_path(), content->others), "an IDX file", {}};
  std::erase_if(found.splits, [&](const Split& split) { return split.name != parts->split; });
  for (Split& split : found.splits) split.pictures = file;
  return found;
}

}  // namespace

Result<Found> FindSplits(const fs::path& path, const FindOptions& options) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (fs::is_regular_file(status)) return FindInFile(path, options);
  if (fs::is_directory(status)) return FindInFolder(path, options);
  if (status.type() == fs::file_type::not_found || !code) {
    return Error{Code::kNotFound, path.string() + ": no such file or folder"};
  }
  return Error{Code::kNotFound, path.string() + ": cannot be read: " + code.message()};
}

std::string ListNames(const std::vector<Split>& splits) {
  std::string text;
  for (const Split& split : splits) {
    text += (text.empty() ? "" : ", ") + (split.name.empty() ? "(unnamed)" : split.name);
  }
  return text;
}

Result<Choice> ChooseSplit(const std::vector<Split>& splits, std::string_view asked,
                           Prefer prefer) {
  CREDENCE_CHECK(!splits.empty());
  // The one split that `fits`, if it is the only one.
  const auto only = [&](const auto& fits) -> std::optional<std::size_t> {
    if (std::count_if(splits.begin(), splits.end(), fits) != 1) return std::nullopt;
    return static_cast<std::size_t>(std::find_if(splits.begin(), splits.end(), fits) -
                                    splits.begin());
  };
  const auto with_role = [&](std::optional<Role> role) {
    return role ? only([&](const Split& split) { return RoleOf(split.name) == role; })
                : std::nullopt;
  };
  if (!asked.empty()) {
    auto found = only([&](const Split& split) { return split.name == asked; });
    if (!found) found = with_role(RoleOf(asked));
    if (found) return Choice{*found, false};
    return Error{Code::kNotFound,
                 "there is no split '" + std::string(asked) + "'; there is " + ListNames(splits)};
  }
  if (splits.size() == 1) return Choice{0, false};
  std::optional<std::size_t> preferred;
  if (prefer == Prefer::kTest) preferred = with_role(Role::kTest);
  if (prefer == Prefer::kTrain) preferred = with_role(Role::kTrain);
  if (preferred) return Choice{*preferred, true};
  return Error{Code::kInvalidArgument,
               "there are several splits, " + ListNames(splits) + "; choose one with --split"};
}

}  // namespace credence::data
