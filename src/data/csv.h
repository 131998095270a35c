// CSV as RFC 4180 has it: a separator, double quotes around a field that holds separators, quotes
// (doubled) or line ends. Lenient where nothing is lost: blanks around a field do not count,
// records end by LF, CRLF or CR, and a UTF-8 byte order mark is skipped. A CR amid a line of a text
// that has LF, which some tools leave behind, is refused: it would end the record too early.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::data {

// What is said of a CR amid a line.
inline constexpr std::string_view kStrayReturn =
    "a carriage return amid a line, in a file whose lines end by a line feed; remove such "
    "(tr -d '\\r' < FILE)";

// The text without spaces, tabs and no-break spaces at its ends.
std::string_view TrimBlanks(std::string_view text);

// The separator by the first line: a comma if it has one outside quotes, else a semicolon, else a
// tab; a comma where it has none of them.
char FindSeparator(std::string_view text);

// Reads records one after another. Confined to the caller's thread; `text` must outlive it.
class CsvReader {
 public:
  // name: the file's, for messages.
  CsvReader(std::string_view text, std::string name, char separator = ',');

  // Puts the next record's fields into `out`, without blanks around them. Returns false if there is
  // none. Skips records whose fields are all empty.
  // Errors: kInvalidArgument - an open quote, a quote inside a field, text after a closing quote,
  //         a stray CR, or a NUL byte; "FILE: line 3, offset 57: PROBLEM".
  Result<bool> Next(std::vector<std::string>& out);

  // Of the record that Next gave last, from 1.
  std::int64_t line() const { return record_line_; }
  // kInvalidArgument at that record's line.
  Error ErrorHere(std::string_view problem) const;

 private:
  Result<void> ReadRecord(std::vector<std::string>& out);
  Result<void> ReadField(std::string& out);
  Result<void> ReadQuoted(std::string& out);
  Error ErrorAtOffset(std::string_view problem) const;
  bool AtLineEnd() const;
  bool AtBlank() const;
  bool AtStrayReturn() const;
  void SkipLineEnd();

  std::string_view text_;
  std::string name_;
  char separator_;
  bool has_line_feed_;  // outside quotes
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  std::int64_t record_line_ = 0;
};

}  // namespace credence::data
