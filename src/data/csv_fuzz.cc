// Any text as a list of pictures: rows with a file and what its columns promise, or an error.
#include <cstdint>
#include <string_view>

#include "data/csv_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = credence::data::ParseCsvList(text, "fuzz.csv", 1000);
  if (!list) return 0;
  if (list->rows.size() > 1000) __builtin_trap();
  for (const credence::data::CsvRow& row : list->rows) {
    if (row.file.empty() || row.label.empty() == list->columns.label.has_value()) __builtin_trap();
    if (row.group.empty() == list->columns.group.has_value()) __builtin_trap();
  }
  return 0;
}
