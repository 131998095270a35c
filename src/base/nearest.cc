#include "base/nearest.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace credence {
namespace {

constexpr std::size_t kNameMax = 64;

// The number of edits (optimal string alignment). REQUIRES: neither is longer than kNameMax.
std::size_t Edits(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kNameMax + 1>, 3> rows{};  // of a's prefixes, the last three
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i - 1) % 3];
    const auto& before = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char x = AsciiLower(a[i - 1]), y = AsciiLower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (x == y ? 0 : 1)});
      if (i > 1 && j > 1 && x == AsciiLower(b[j - 2]) && AsciiLower(a[i - 2]) == y) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view word, std::span<const std::string_view> names) {
  if (word.size() > kNameMax) return {};
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string_view nearest;
  for (const std::string_view name : names) {
    if (name.size() > kNameMax) continue;
    const std::size_t edits = Edits(word, name);
    if (edits >= least) continue;
    least = edits;
    nearest = name;
  }
  return nearest;
}

std::string DidYouMean(std::string_view word, std::span<const std::string_view> names,
                       std::string_view prefix) {
  const std::string_view nearest = Nearest(word, names);
  if (nearest.empty()) return {};
  return "; did you mean " + std::string(prefix) + std::string(nearest) + "?";
}

}  // namespace credence
