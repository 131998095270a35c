#include "data/csv.h"

#include <algorithm>
#include <utility>

#include "base/byte_order_mark.h"

namespace credence::data {
namespace {

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

bool HasLineFeedOutsideQuotes(std::string_view text) {
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == '\n' && !quoted) return true;
  }
  return false;
}

}  // namespace

std::string_view TrimBlanks(std::string_view text) {
  for (;;) {
    const std::size_t before = text.size();
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    if (text.starts_with(kNoBreakSpace)) text.remove_prefix(kNoBreakSpace.size());
    if (text.ends_with(kNoBreakSpace)) text.remove_suffix(kNoBreakSpace.size());
    if (text.size() == before) return text;
  }
}

char FindSeparator(std::string_view text) {
  bool quoted = false, semicolon = false, tab = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') break;
    if (c == ',') return ',';
    semicolon = semicolon || c == ';';
    tab = tab || c == '\t';
  }
  return semicolon ? ';' : tab ? '\t' : ',';
}

CsvReader::CsvReader(std::string_view text, std::string name, char separator)
    : text_(text),
      name_(std::move(name)),
      separator_(separator),
      has_line_feed_(HasLineFeedOutsideQuotes(text)) {
  at_ = text_.size() - WithoutByteOrderMark(text_).size();
}

bool CsvReader::AtLineEnd() const {
  return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
}

bool CsvReader::AtBlank() const {
  return at_ < text_.size() && text_[at_] != separator_ &&
         (text_[at_] == ' ' || text_[at_] == '\t');
}

bool CsvReader::AtStrayReturn() const {
  if (!has_line_feed_ || at_ + 1 >= text_.size() || text_[at_] != '\r') return false;
  return text_[at_ + 1] != '\n' && text_[at_ + 1] != '\r';
}

void CsvReader::SkipLineEnd() {
  if (at_ == text_.size()) return;
  at_ += text_.substr(at_, 2) == "\r\n" ? 2 : 1;
  ++line_;
}

Result<bool> CsvReader::Next(std::vector<std::string>& out) {
  while (at_ < text_.size()) {
    record_line_ = line_;
    if (Result<void> read = ReadRecord(out); !read) return read.error();
    if (std::any_of(out.begin(), out.end(), [](const auto& field) { return !field.empty(); })) {
      return true;
    }
  }
  return false;
}

Result<void> CsvReader::ReadRecord(std::vector<std::string>& out) {
  for (std::size_t field = 0;; ++field) {
    if (field == out.size()) out.emplace_back();
    out[field].clear();
    if (Result<void> read = ReadField(out[field]); !read) return read;
    if (AtStrayReturn()) return ErrorAtOffset(kStrayReturn);
    if (AtLineEnd()) {
      SkipLineEnd();
      out.resize(field + 1);
      return {};
    }
    ++at_;  // the separator
  }
}

Result<void> CsvReader::ReadField(std::string& out) {
  while (AtBlank()) ++at_;
  if (at_ < text_.size() && text_[at_] == '"') return ReadQuoted(out);
  while (!AtLineEnd() && text_[at_] != separator_) {
    if (text_[at_] == '"') return ErrorAtOffset("a quote amid a field without quotes");
    if (text_[at_] == '\0') return ErrorAtOffset("a NUL byte; expected text in UTF-8");
    out += text_[at_++];
  }
  out = TrimBlanks(out);
  return {};
}

Result<void> CsvReader::ReadQuoted(std::string& out) {
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\0') return ErrorAtOffset("a NUL byte; expected text in UTF-8");
    if (c == '\n' || (c == '\r' && text_.substr(at_, 2) != "\r\n")) ++line_;
    if (c != '"') {
      out += c;
    } else if (text_.substr(at_, 2) == "\"\"") {
      out += '"';
      ++at_;
    } else {
      ++at_;
      while (AtBlank()) ++at_;
      if (!AtLineEnd() && text_[at_] != separator_) {
        return ErrorAtOffset("text behind a closing quote; expected a separator or the line's end");
      }
      out = TrimBlanks(out);
      return {};
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

}  // namespace credence::data
