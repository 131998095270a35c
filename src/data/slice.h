// Slice is a part of a sequence as Python writes it: START:STOP:STEP.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace credence::data {

struct Slice {
  std::optional<std::int64_t> start;  // negative: from the end
  std::optional<std::int64_t> stop;   // not included; negative: from the end
  std::int64_t step = 1;              // not 0; negative: backwards
};

// Rows start, start + step, … (count of them), all within the sequence they were made for.
struct RowRange {
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;

  std::int64_t operator[](std::int64_t index) const { return start + index * step; }
  friend bool operator==(const RowRange&, const RowRange&) = default;
};

// Reads "100:200", ":1000", "::10", "-500:", "::-1". An empty text is the whole.
// Errors: kInvalidArgument - not of this form, a number beyond 18 digits, or a step of 0.
Result<Slice> ParseSlice(std::string_view text);

// The rows that Python's range(rows)[slice] has. REQUIRES: rows >= 0, slice.step != 0.
RowRange Resolve(const Slice& slice, std::int64_t rows);

}  // namespace credence::data
