#include "data/csv.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace credence::data {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Columns {
  std::size_t count = 0;
  std::optional<std::size_t> file, label;
};

Result<Columns> FindColumns(const CsvReader& csv, const std::vector<std::string>& names) {
  Columns columns;
  columns.count = names.size();
  std::string listed;
  for (std::size_t i = 0; i < names.size(); ++i) {
    listed += (i == 0 ? "" : ", ") + names[i].substr(0, 40);
    if (names[i] != "file" && names[i] != "label") continue;
    std::optional<std::size_t>& column = names[i] == "file" ? columns.file : columns.label;
    if (column) return csv.ErrorHere("two columns '" + names[i] + "'");
    column = i;
  }
  if (!columns.file) {
    return csv.ErrorHere("no column 'file' in the header; its columns are: " +
                         listed.substr(0, 400));
  }
  return columns;
}

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string name)
    : text_(text), name_(std::move(name)) {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

bool CsvReader::AtLineEnd() const {
  return at_ == text_.size() || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n";
}

void CsvReader::SkipLineEnd() {
  if (at_ == text_.size()) return;
  at_ += text_[at_] == '\r' ? 2 : 1;
  ++line_;
}

Result<bool> CsvReader::Next(std::vector<std::string>& out) {
  while (at_ < text_.size() && AtLineEnd()) SkipLineEnd();
  if (at_ == text_.size()) return false;
  record_line_ = line_;
  for (std::size_t field = 0;; ++field) {
    if (field == out.size()) out.emplace_back();
    out[field].clear();
    if (Result<void> read = ReadField(out[field]); !read) return read.error();
    if (AtLineEnd()) {
      SkipLineEnd();
      out.resize(field + 1);
      return true;
    }
    ++at_;  // the comma
  }
}

Result<void> CsvReader::ReadField(std::string& out) {
  if (at_ < text_.size() && text_[at_] == '"') return ReadQuoted(out);
  while (!AtLineEnd() && text_[at_] != ',') {
    if (text_[at_] == '"') return ErrorAtOffset("a quote amid a field without quotes");
    if (text_[at_] == '\0') return ErrorAtOffset("a NUL byte; expected text in UTF-8");
    out += text_[at_++];
  }
  return {};
}

Result<void> CsvReader::ReadQuoted(std::string& out) {
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\0') return ErrorAtOffset("a NUL byte; expected text in UTF-8");
    if (c == '\n') ++line_;
    if (c != '"') {
      out += c;
    } else if (text_.substr(at_, 2) == "\"\"") {
      out += '"';
      ++at_;
    } else {
      ++at_;
      if (AtLineEnd() || text_[at_] == ',') return {};
      return ErrorAtOffset("text behind a closing quote; expected a comma or the line's end");
    }
  }
  return ErrorAtOffset("the file ends within quotes");
}

Error CsvReader::ErrorAtOffset(std::string_view problem) const {
  return {Code::kInvalidArgument, name_ + ": line " + std::to_string(line_) + ", offset " +
                                      std::to_string(at_) + ": " + std::string(problem)};
}

Error CsvReader::ErrorHere(std::string_view problem) const {
  return {Code::kInvalidArgument,
          name_ + ": line " + std::to_string(record_line_) + ": " + std::string(problem)};
}

Result<CsvList> ParseCsvList(std::string_view text, const std::string& name,
                             std::int64_t rows_max) {
  CsvReader csv(text, name);
  std::vector<std::string> fields;
  Result<bool> more = csv.Next(fields);
  if (!more) return more.error();
  if (!*more) {
    return Error{Code::kInvalidArgument,
                 name +
                     ": offset 0: the file is empty; expected a header with the columns 'file' "
                     "and 'label'"};
  }
  Result<Columns> columns = FindColumns(csv, fields);
  if (!columns) return columns.error();
  CsvList list;
  list.labelled = columns->label.has_value();
  for (;;) {
    more = csv.Next(fields);
    if (!more) return more.error();
    if (!*more) return list;
    if (fields.size() != columns->count) {
      return csv.ErrorHere(std::to_string(fields.size()) + " fields; the header has " +
                           std::to_string(columns->count));
    }
    if (std::ssize(list.rows) == rows_max) {
      return Error{
          Code::kTooLarge,
          csv.ErrorHere("more rows than the limit of " + std::to_string(rows_max)).message};
    }
    CsvRow row{std::move(fields[*columns->file]), {}, csv.line()};
    if (row.file.empty()) return csv.ErrorHere("the field 'file' is empty");
    if (columns->label) {
      row.label = std::move(fields[*columns->label]);
      if (row.label.empty()) return csv.ErrorHere("the field 'label' is empty");
    }
    list.rows.push_back(std::move(row));
  }
}

}  // namespace credence::data
