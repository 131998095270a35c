#include "predictor/number_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>

namespace credence::predictor {
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

// Whether numbers of `range` are in the model's own range.
bool IsOwn(NumberRange range, const image::ValueRange& own) {
  if (range == NumberRange::kModel) return true;
  if (own.inverted) return false;
  const float unit = range == NumberRange::kUnit ? 1.0f / 255 : 1.0f;
  return std::ranges::all_of(own.scale, [=](float s) { return s == unit; }) &&
         std::ranges::all_of(own.offset, [](float o) { return o == 0; });
}

}  // namespace

Result<void> ReadNumbers(const Numbers& numbers, const image::InputContract& contract,
                         NumberPicture& out) {
  if (numbers.values.empty()) return Invalid("the image holds no numbers");
  const std::int64_t product = std::accumulate(numbers.shape.begin(), numbers.shape.end(),
                                               std::int64_t{1}, std::multiplies<>());
  if (product != static_cast<std::int64_t>(numbers.values.size())) {
    return Invalid("the image mixes numbers and lists");
  }
  const auto shape = ReadShape(numbers.shape, contract);
  if (!shape) return shape.error();
  const auto [low, high] = std::minmax_element(numbers.values.begin(), numbers.values.end());
  const NumberSpan span = {*low, *high};
  out.range = RecogniseRange(span, contract.range);
  out.misfit.reset();
  if (out.range == NumberRange::kNone) out.misfit = span;
  const auto [height, width, channels] = *shape;
  out.pixels.Reshape(width, height, channels);
  ToLevels(numbers.values, out.range, contract.range, out.pixels);
  out.origin = image::Adaptation{};
  out.origin.step = image::Adaptation::Step::kArray;
  out.origin.width = width;
  out.origin.height = height;
  out.origin.channels = channels;
  out.origin.text = RangeName(out.range);
  return {};
}

void WriteExact(const Numbers& numbers, const NumberPicture& picture,
                const image::InputContract& contract, const image::Pixels& canonical,
                std::vector<std::byte>& tensor) {
  tensor.clear();
  if (contract.element != image::ElementType::kFloat32 || picture.misfit ||
      canonical != picture.pixels) {
    return;
  }
  const image::ValueRange& own = contract.range;
  const bool as_sent = IsOwn(picture.range, own);
  const float levels_a_unit = picture.range == NumberRange::kUnit ? 255.0f : 1.0f;
  const auto channels = static_cast<std::size_t>(contract.channels);
  const std::size_t area = numbers.values.size() / channels;
  tensor.resize(numbers.values.size() * sizeof(float));
  auto* out = reinterpret_cast<float*>(tensor.data());
  for (std::size_t i = 0; i < numbers.values.size(); ++i) {
    const std::size_t c = i % channels;
    float value = numbers.values[i];
    if (!as_sent) {
      const float level = value * levels_a_unit;
      value = own.scale[c] * (own.inverted ? 255 - level : level) + own.offset[c];
    }
    out[contract.layout == image::Layout::kNchw ? c * area + i / channels : i] = value;
  }
}

}  // namespace credence::predictor
