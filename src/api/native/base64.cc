#include "api/native/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace credence::api::native {
namespace {

Error Invalid(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

}  // namespace

Result<std::vector<std::uint8_t>> DecodeBase64(std::string_view text) {
  if (text.starts_with("data:")) {
    const std::size_t comma = text.find(";base64,");
    if (comma == std::string_view::npos) return Invalid("the data URL of the image is not base64");
    text.remove_prefix(comma + 8);
  }
  std::string compact;
  compact.reserve(text.size());
  for (const char c : text) {
    if (c != '\n' && c != '\r' && c != ' ') compact.push_back(c);
  }
  if (compact.empty() || compact.size() % 4 != 0) {
    return Invalid("the image's base64 has " + std::to_string(compact.size()) +
                   " characters; a multiple of 4, and at least 4, is expected");
  }
  const std::size_t padding =
      compact.size() - std::min(compact.size(), compact.find_last_not_of('=') + 1);
  const bool clean = std::all_of(compact.begin(),
                                 compact.end() - static_cast<std::ptrdiff_t>(padding), [](char c) {
                                   return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                                          (c >= '0' && c <= '9') || c == '+' || c == '/';
                                 });
  std::vector<std::uint8_t> bytes(compact.size() / 4 * 3);
  if (!clean || padding > 2 ||
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(compact.data()),
                      static_cast<int>(compact.size())) < 0) {
    return Invalid("the image's text is neither an array of numbers nor base64 of a picture");
  }
  bytes.resize(bytes.size() - padding);
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
