#include "api/native/json_image.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace credence::api::native {
namespace {

Error Invalid(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

std::string ShapeText(const std::vector<int>& shape) {
  std::string text;
  for (const int n : shape) text.append(text.empty() ? "" : "x").append(std::to_string(n));
  return text;
}

// height, width, channels of what the shape stands for.
Result<std::array<int, 3>> ReadShape(std::vector<int> shape, const image::InputContract& expected) {
  const std::string sent = ShapeText(shape);
  const std::size_t outer = shape.size();
  const auto is_channels = [](int n) { return n == 1 || n == 3 || n == 4; };
  while (shape.size() > 1 && shape[0] == 1 &&
         (shape.size() > 3 || shape.size() == 2 || !is_channels(shape.back()))) {
    shape.erase(shape.begin());
  }
  if (shape.size() == 1) {
    const int n = shape[0];
    if (n == expected.height * expected.width * expected.channels) {
      return std::array{expected.height, expected.width, expected.channels};
    }
    const int side = static_cast<int>(std::lround(std::sqrt(n)));
    if (side * side == n) return std::array{side, side, 1};
    if (outer == 2) return std::array{1, n, 1};
    return Invalid("a flat list of " + std::to_string(n) + " numbers is neither this model's " +
                   std::to_string(expected.height * expected.width * expected.channels) +
                   " nor a square");
  }
  if (shape.size() == 2) return std::array{shape[0], shape[1], 1};
  if (shape.size() == 3 && is_channels(shape[2])) return std::array{shape[0], shape[1], shape[2]};
  return Invalid("numbers of shape " + sent +
                 " are no picture; height x width or height x width x 1, 3 or 4 are expected");
}

}  // namespace

Result<void> ToPixels(const NumberArray& numbers, const image::InputContract& contract,
                      predictor::Picture& picture) {
  if (numbers.values.empty()) return Invalid("the image holds no numbers");
  const std::int64_t product = std::accumulate(numbers.shape.begin(), numbers.shape.end(),
                                               std::int64_t{1}, std::multiplies<>());
  if (product != static_cast<std::int64_t>(numbers.values.size())) {
    return Invalid("the image mixes numbers and lists");
  }
  const auto shape = ReadShape(numbers.shape, contract);
  if (!shape) return shape.error();
  const auto [low, high] = std::minmax_element(numbers.values.begin(), numbers.values.end());
  const predictor::NumberSpan span = {*low, *high};
  const predictor::NumberRange range = predictor::RecogniseRange(span, contract.range);
  if (range == predictor::NumberRange::kNone) picture.misfit = span;
  const auto [height, width, channels] = *shape;
  picture.pixels.Reshape(width, height, channels);
  predictor::ToLevels(numbers.values, range, contract.range, picture.pixels);
  picture.origin = image::Adaptation{};
  picture.origin.step = image::Adaptation::Step::kArray;
  picture.origin.width = width;
  picture.origin.height = height;
  picture.origin.channels = channels;
  picture.origin.text = predictor::RangeName(range);
  return {};
}

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
