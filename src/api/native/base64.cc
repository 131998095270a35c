#include "api/native/base64.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/ascii.h"

namespace credence::api::native {

Result<std::vector<std::uint8_t>> DecodeBase64(std::string_view text) {
  if (StartsWithIgnoringCase(text, "data:")) {
    const std::size_t comma = text.find(',');
    const std::string_view type = text.substr(0, comma);
    const std::string_view end = type.substr(type.size() - std::min<std::size_t>(7, type.size()));
    if (comma == text.npos || !EqualsIgnoringCase(end, ";base64")) {
      return Invalid("the data URL of the image is not base64");
    }
    text.remove_prefix(comma + 1);
  }
  std::string compact;
  compact.reserve(text.size() + 3);
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    compact.push_back(c == '-' ? '+' : c == '_' ? '/' : c);
  }
  const std::size_t length = std::min(compact.size(), compact.find_last_not_of('=') + 1);
  const std::size_t padding = compact.size() - length;
  compact.resize(length);
  const bool clean = std::ranges::all_of(compact, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  });
  if (!clean || length == 0 || padding > 2) {
    return Invalid("the image's text is neither an array of numbers nor base64 of a picture");
  }
  if (length % 4 == 1) {
    return Invalid("the image's base64 is cut short: it has " + std::to_string(length) +
                   " characters, and one alone at the end holds no byte");
  }
  const std::size_t missing = (4 - length % 4) % 4;
  if (padding != 0 && padding != missing) {
    return Invalid("the image's base64 of " + std::to_string(length) + " characters ends with " +
                   std::to_string(padding) + " of =; " + std::to_string(missing) +
                   " or none are expected");
  }
  compact.append(missing, '=');
  std::vector<std::uint8_t> bytes(compact.size() / 4 * 3);
  if (EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(compact.data()),
                      static_cast<int>(compact.size())) < 0) {
    return Invalid("the image's text is neither an array of numbers nor base64 of a picture");
  }
  bytes.resize(bytes.size() - missing);
  return bytes;
}

void EncodeBase64(std::span<const std::uint8_t> bytes, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4 + 1);
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + start),
                                     bytes.data(), static_cast<int>(bytes.size()));
  out.resize(start + static_cast<std::size_t>(length));
}

}  // namespace credence::api::native
