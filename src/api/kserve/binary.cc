#include "api/kserve/binary.h"

#include <charconv>

namespace credence::api::kserve {
namespace {

constexpr std::size_t kLengthBytes = 4;

}  // namespace

Result<Parts> SplitBody(std::span<const std::uint8_t> body,
                        std::optional<std::string_view> length) {
  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  if (!length) return Parts{.json = text, .tail = {}};
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), bytes);
  if (error != std::errc() || end != length->data() + length->size()) {
    return Invalid("Unable to parse " + std::string(kLengthHeader) +
                   ", got: " + std::string(length->substr(0, 40)));
  }
  if (bytes > body.size()) {
    return Invalid(std::string(kLengthHeader) + " is " + std::to_string(bytes) +
                   ", but the body has " + std::to_string(body.size()) + " bytes");
  }
  return Parts{.json = text.substr(0, bytes), .tail = body.subspan(bytes), .raw = bytes == 0};
}

Result<std::span<const std::uint8_t>> TakeTail(std::uint64_t bytes, std::string_view name,
                                               std::span<const std::uint8_t>& tail) {
  if (bytes > tail.size()) {
    return Invalid("input '" + std::string(name) + "' says binary_data_size " +
                   std::to_string(bytes) + ", but " + std::to_string(tail.size()) +
                   " bytes of the body are left");
  }
  const auto taken = tail.first(bytes);
  tail = tail.subspan(bytes);
  return taken;
}

Result<void> ReadTexts(std::span<const std::uint8_t> data, std::string_view name,
                       std::vector<std::span<const std::uint8_t>>& texts) {
  while (!data.empty()) {
    std::size_t length = 0;
    if (data.size() >= kLengthBytes) {
      for (std::size_t i = kLengthBytes; i-- > 0;) length = length << 8 | data[i];
    }
    if (data.size() < kLengthBytes || length > data.size() - kLengthBytes) {
      return Invalid("element " + std::to_string(texts.size()) + " of input '" + std::string(name) +
                     "' is cut short: each is its length in 4 bytes, little-endian, and its bytes");
    }
    texts.push_back(data.subspan(kLengthBytes, length));
    data = data.subspan(kLengthBytes + length);
  }
  return {};
}

void AppendText(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    out.push_back(static_cast<char>(text.size() >> (8 * i) & 0xFF));
  }
  out.append(text);
}

}  // namespace credence::api::kserve
