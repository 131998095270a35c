#include "data/slice.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "base/check.h"

namespace credence::data {
namespace {

constexpr std::int64_t kNumberMax = 999'999'999'999'999'999;

// Brings a bound into [low, high]; a negative one counts from the end.
std::int64_t Bound(std::int64_t bound, std::int64_t rows, std::int64_t low, std::int64_t high) {
  return std::clamp(bound < 0 ? bound + rows : bound, low, high);
}

}  // namespace

Result<Slice> ParseSlice(std::string_view text) {
  const Error error{Code::kInvalidArgument,
                    "rows '" + std::string(text) +
                        "' is not START:STOP:STEP (whole numbers of at "
                        "most 18 digits, each may be left out, STEP not 0)"};
  std::array<std::optional<std::int64_t>, 3> parts;
  std::size_t part = 0;
  bool colon = text.empty();
  for (std::string_view rest = text;;) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) {
      std::int64_t value = 0;
      const auto [stop, code] = std::from_chars(rest.data(), rest.data() + end, value);
      if (code != std::errc() || stop != rest.data() + end) return error;
      if (value > kNumberMax || value < -kNumberMax) return error;
      parts[part] = value;
    }
    if (end == rest.size()) break;
    colon = true;
    if (++part == parts.size()) return error;
    rest.remove_prefix(end + 1);
  }
  const Slice slice{parts[0], parts[1], parts[2].value_or(1)};
  if (!colon || slice.step == 0) return error;
  return slice;
}

RowRange Resolve(const Slice& slice, std::int64_t rows) {
  CREDENCE_CHECK(rows >= 0 && slice.step != 0);
  const std::int64_t step = slice.step;
  if (step > 0) {
    const std::int64_t start = Bound(slice.start.value_or(0), rows, 0, rows);
    const std::int64_t stop = Bound(slice.stop.value_or(rows), rows, 0, rows);
    return {start, step, stop > start ? (stop - start - 1) / step + 1 : 0};
  }
  const std::int64_t start = Bound(slice.start.value_or(rows), rows, -1, rows - 1);
  const std::int64_t stop = slice.stop ? Bound(*slice.stop, rows, -1, rows - 1) : -1;
  return {start, step, start > stop ? (start - stop - 1) / -step + 1 : 0};
}

}  // namespace credence::data
