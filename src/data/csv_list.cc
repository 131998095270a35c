#include "data/csv_list.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <tuple>
#include <utility>

#include "base/ascii.h"
#include "data/csv.h"

namespace credence::data {
namespace {

using Columns = std::span<const std::string_view>;

constexpr std::array<std::string_view, 16> kFileNames = {
    "file",      "filename",  "filepath",      "path",  "image",  "picture",  "img",   "imagefile",
    "imagename", "imagepath", "imagefilename", "files", "images", "pictures", "paths", "filenames"};
constexpr std::array<std::string_view, 10> kLabelNames = {
    "label",      "class",    "target", "classid", "classname",
    "classlabel", "category", "labels", "classes", "targets"};
constexpr std::array<std::string_view, 3> kGroupNames = {"group", "groupid", "groups"};
constexpr std::array<std::string_view, 4> kSplitNames = {"split", "subset", "set", "usage"};
constexpr std::size_t kPixelsMin = 16;
constexpr std::size_t kListedCharsMax = 400;

std::string Simplified(std::string_view name) {
  std::string simple;
  for (const char c : name) {
    if (c != ' ' && c != '_' && c != '-') simple += AsciiLower(c);
  }
  return simple;
}

std::optional<std::int64_t> WholeNumber(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// Side and channels of a picture of `count` levels; side 0: it is none.
std::pair<int, int> ShapeOf(std::size_t count) {
  for (const std::size_t channels : {std::size_t{1}, std::size_t{3}}) {
    const auto side = static_cast<std::size_t>(std::lround(std::sqrt(count / channels)));
    if (count >= kPixelsMin * channels && side * side * channels == count) {
      return {static_cast<int>(side), static_cast<int>(channels)};
    }
  }
  return {0, 0};
}

// Whether column b is numbered as the pixel after column a: "px7" and "px8", "1x28" and "2x1".
bool Follows(const std::string& a, const std::string& b) {
  const auto split = [](const std::string& name) {
    const std::size_t digits = name.find_last_not_of("0123456789") + 1;
    return std::pair(name.substr(0, digits), WholeNumber(std::string_view(name).substr(digits)));
  };
  const auto [prefix_a, number_a] = split(a);
  const auto [prefix_b, number_b] = split(b);
  if (!number_a || !number_b) return false;
  if (prefix_a == prefix_b) return *number_b == *number_a + 1;
  const auto row = [](const std::string& prefix) {
    return prefix.ends_with('x')
               ? WholeNumber(std::string_view(prefix).substr(0, prefix.size() - 1))
               : std::nullopt;
  };
  const auto row_a = row(prefix_a), row_b = row(prefix_b);
  return row_a && row_b && *row_b == *row_a + 1 && *number_b <= 1;
}

// The longest run of columns numbered as pixels.
void FindPixels(const std::vector<std::string>& simple, CsvColumns& out) {
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < simple.size();) {
    std::size_t end = begin + 1;
    while (end < simple.size() && Follows(simple[end - 1], simple[end])) ++end;
    if (end - begin > longest) {
      longest = end - begin;
      out.first_pixel = begin;
    }
    begin = end;
  }
  std::tie(out.side, out.channels) = ShapeOf(longest);
}

// The column that is called by the first of `names` that is there. Says which others were not
// taken.
std::optional<std::size_t> Choose(const std::vector<std::string>& simple, Columns names,
                                  CsvColumns& out) {
  std::optional<std::size_t> chosen;
  std::string others;
  for (const std::string_view name : names) {
    const auto found = std::find(simple.begin(), simple.end(), name);
    if (found == simple.end()) continue;
    const auto column = static_cast<std::size_t>(found - simple.begin());
    if (!chosen) {
      chosen = column;
    } else {
      others += (others.empty() ? "'" : ", '") + out.names[column] + "'";
    }
  }
  if (!others.empty()) {
    out.notes.push_back("took column '" + out.names[*chosen] + "', not " + others);
  }
  return chosen;
}

// A label and pixels, or pixels, when every field is a number.
void FindHeaderless(const std::vector<std::string>& fields, CsvColumns& out) {
  const auto is_number = [](const std::string& field) { return WholeNumber(field).has_value(); };
  if (!std::all_of(fields.begin(), fields.end(), is_number)) return;
  for (const std::size_t labels : {std::size_t{1}, std::size_t{0}}) {
    const auto [side, channels] = ShapeOf(fields.size() - labels);
    // A header may be numbers, too: 0, 1, 2, … is one, unless it has a level twice.
    const bool counts = std::adjacent_find(fields.begin(), fields.end(), [](auto& a, auto& b) {
                          return !Follows(a, b);
                        }) == fields.end();
    if (side == 0 || counts) continue;
    out.header = false;
    out.names.clear();
    out.first_pixel = labels;
    out.side = side;
    out.channels = channels;
    if (labels == 1) out.label = 0;
    out.notes.push_back("the first line is no header: took " +
                        std::string(labels == 1 ? "the first number of a line for its label"
                                                : "all its numbers for pixels"));
    return;
  }
}

// The same name twice, where it would matter.
Result<void> CheckTwice(const CsvReader& csv, const std::vector<std::string>& simple,
                        const CsvColumns& columns) {
  for (const auto& column : {columns.file, columns.label, columns.group, columns.split}) {
    if (column && std::count(simple.begin(), simple.end(), simple[*column]) > 1) {
      return csv.ErrorHere("two columns '" + columns.names[*column] + "'");
    }
  }
  return {};
}

Result<CsvRow> MakeRow(std::vector<std::string>& fields, const CsvColumns& columns,
                       const CsvReader& csv) {
  CsvRow row;
  row.line = csv.line();
  const std::array<std::pair<std::optional<std::size_t>, std::string*>, 4> wanted = {
      std::pair(columns.file, &row.file), std::pair(columns.label, &row.label),
      std::pair(columns.group, &row.group), std::pair(columns.split, &row.split)};
  for (const auto& [column, text] : wanted) {
    if (!column) continue;
    *text = std::move(fields[*column]);
    if (text->empty()) return csv.ErrorHere("the field '" + columns.names[*column] + "' is empty");
  }
  return row;
}

std::string Listed(const CsvColumns& columns) {
  std::string listed;
  for (const std::string& column : columns.names) {
    listed += (listed.empty() ? "" : ", ") + column.substr(0, 40);
  }
  return listed.substr(0, kListedCharsMax);
}

Error NoColumn(const CsvColumns& columns, const std::string& name, std::string_view wanted) {
  return {Code::kInvalidArgument, name + ": line 1: no column '" + std::string(wanted) +
                                      "' in the header; its columns are: " + Listed(columns)};
}

}  // namespace

std::string CsvColumns::Text() const {
  const auto named = [&](const std::optional<std::size_t>& column) {
    return header ? "'" + names[*column] + "'" : "number " + std::to_string(*column + 1);
  };
  std::string text;
  if (file) {
    text = "files by " + named(file);
  } else {
    text = std::to_string(side) + " x " + std::to_string(side) + " x " + std::to_string(channels) +
           " pixels a line";
  }
  text += label ? ", labels by " + named(label) : ", no labels";
  if (group) text += ", groups by " + named(group);
  if (split) text += ", splits by " + named(split);
  if (separator != ',') text += separator == ';' ? ", separated by ';'" : ", separated by tabs";
  return text;
}

Result<CsvColumns> FindColumns(std::string_view text, const std::string& name,
                               std::string_view group_column) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return Error{Code::kInvalidArgument, name + ": offset 0: UTF-16; save it as CSV in UTF-8"};
  }
  CsvColumns columns;
  columns.separator = FindSeparator(text);
  CsvReader csv(text, name, columns.separator);
  std::vector<std::string> fields;
  Result<bool> more = csv.Next(fields);
  if (!more) return more.error();
  if (!*more) {
    return Error{Code::kInvalidArgument,
                 name +
                     ": offset 0: the file is empty; expected a header with the columns 'file' "
                     "and 'label'"};
  }
  columns.count = fields.size();
  FindHeaderless(fields, columns);
  if (!columns.header && !group_column.empty()) return NoColumn(columns, name, group_column);
  if (!columns.header) return columns;
  columns.names = fields;
  std::vector<std::string> simple;
  for (const std::string& field : fields) simple.push_back(Simplified(field));
  columns.file = Choose(simple, kFileNames, columns);
  columns.label = Choose(simple, kLabelNames, columns);
  columns.group = Choose(simple, kGroupNames, columns);
  if (!group_column.empty()) {
    const auto at = std::find(fields.begin(), fields.end(), group_column);
    if (at == fields.end()) return NoColumn(columns, name, group_column);
    columns.group = static_cast<std::size_t>(at - fields.begin());
  }
  columns.split = Choose(simple, kSplitNames, columns);
  if (!columns.file) FindPixels(simple, columns);
  if (auto checked = CheckTwice(csv, simple, columns); !checked) return checked.error();
  return columns;
}

Error NoPictureColumn(const CsvColumns& columns, const std::string& name) {
  return {Code::kInvalidArgument,
          name + ": line 1: no column of pictures in the header (file, filename, path, image; or " +
              "pixels); its columns are: " + Listed(columns)};
}

Result<void> CheckFields(const std::vector<std::string>& fields, const CsvColumns& columns,
                         const std::string& place) {
  const auto beyond =
      fields.begin() + static_cast<std::ptrdiff_t>(std::min(columns.count, fields.size()));
  if (fields.size() >= columns.count &&
      std::all_of(beyond, fields.end(), [](const auto& field) { return field.empty(); })) {
    return {};
  }
  return Error{Code::kInvalidArgument, place + ": " + std::to_string(fields.size()) +
                                           " fields; the " +
                                           (columns.header ? "header" : "first line") + " has " +
                                           std::to_string(columns.count)};
}

Result<CsvList> ParseCsvList(std::string_view text, const std::string& name, std::int64_t rows_max,
                             std::string_view group_column) {
  Result<CsvColumns> columns = FindColumns(text, name, group_column);
  if (!columns) return columns.error();
  if (!columns->file) return NoPictureColumn(*columns, name);
  CsvReader csv(text, name, columns->separator);
  std::vector<std::string> fields;
  if (Result<bool> header = csv.Next(fields); !header) return header.error();
  CsvList list;
  list.columns = *std::move(columns);
  for (;;) {
    Result<bool> more = csv.Next(fields);
    if (!more) return more.error();
    if (!*more) return list;
    const std::string place = name + ": line " + std::to_string(csv.line());
    if (auto whole = CheckFields(fields, list.columns, place); !whole) return whole.error();
    if (std::ssize(list.rows) == rows_max) {
      return Error{
          Code::kTooLarge,
          csv.ErrorHere("more rows than the limit of " + std::to_string(rows_max)).message};
    }
    Result<CsvRow> row = MakeRow(fields, list.columns, csv);
    if (!row) return row.error();
    list.rows.push_back(*std::move(row));
  }
}

}  // namespace credence::data
