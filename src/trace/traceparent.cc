#include "trace/traceparent.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace credence::trace {
namespace {

constexpr std::size_t kLength = 55;  // "00-", 32 digits, '-', 16 digits, '-', 2 digits

// Lower case only, as the standard says. -1: none.
int Digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// REQUIRES: `text` has two characters for each byte.
bool ReadHex(std::string_view text, std::span<std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = Digit(text[2 * i]);
    const int low = Digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

bool AnySet(std::span<const std::uint8_t> bytes) {
  return std::ranges::any_of(bytes, [](std::uint8_t byte) { return byte != 0; });
}

}  // namespace

std::optional<Parent> ParseTraceparent(std::string_view header) {
  if (header.size() < kLength || header[2] != '-' || header[35] != '-' || header[52] != '-') {
    return std::nullopt;
  }
  std::array<std::uint8_t, 1> version{}, flags{};
  Parent parent{};
  if (!ReadHex(header, version) || !ReadHex(header.substr(3), parent.trace) ||
      !ReadHex(header.substr(36), parent.span) || !ReadHex(header.substr(53), flags)) {
    return std::nullopt;
  }
  const bool ends = header.size() == kLength || (version[0] > 0 && header[kLength] == '-');
  if (version[0] == 0xFF || !ends || !AnySet(parent.trace) || !AnySet(parent.span)) {
    return std::nullopt;
  }
  parent.sampled = (flags[0] & 1) != 0;
  return parent;
}

}  // namespace credence::trace
