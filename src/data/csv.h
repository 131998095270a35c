// CSV as RFC 4180 has it: comma, double quotes around a field that holds commas, quotes (doubled)
// or line ends, records ended by LF or CRLF. A UTF-8 byte order mark is skipped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::data {

// Reads records one after another. Confined to the caller's thread; `text` must outlive it.
class CsvReader {
 public:
  // name: the file's, for messages.
  CsvReader(std::string_view text, std::string name);

  // Puts the next record's fields into `out`. Returns false if there is none. Skips blank lines.
  // Errors: kInvalidArgument - an open quote, a quote inside a field, text after a closing quote,
  //         or a NUL byte; "FILE: line 3, offset 57: PROBLEM".
  Result<bool> Next(std::vector<std::string>& out);

  // Of the record that Next gave last, from 1.
  std::int64_t line() const { return record_line_; }
  // kInvalidArgument at that record's line.
  Error ErrorHere(std::string_view problem) const;

 private:
  Result<void> ReadField(std::string& out);
  Result<void> ReadQuoted(std::string& out);
  Error ErrorAtOffset(std::string_view problem) const;
  bool AtLineEnd() const;
  void SkipLineEnd();

  std::string_view text_;
  std::string name_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  std::int64_t record_line_ = 0;
};

struct CsvRow {
  std::string file;
  std::string label;  // empty where the CSV has no such column
  std::int64_t line = 0;
};

struct CsvList {
  bool labelled = false;  // there is a column `label`
  std::vector<CsvRow> rows;
};

// Reads a list of pictures: columns `file` and, if there, `label`, by the header's names.
// Errors: kInvalidArgument - as CsvReader; no column `file`, one of the two twice, a record with
//                     another number of fields than the header, an empty file or label;
//         kTooLarge - more than rows_max records.
Result<CsvList> ParseCsvList(std::string_view text, const std::string& name, std::int64_t rows_max);

}  // namespace credence::data
