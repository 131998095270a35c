#include "predictor/number_picture.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>

namespace credence::predictor {
namespace {

std::string ShapeText(const std::vector<int>& shape) {
  std::string text;
  for (const int n : shape) text.append(text.empty() ? "" : "x").append(std::to_string(n));
  return text;
}

bool IsChannels(int n) { return n == 1 || n == 3 || n == 4; }

// What a shape stands for.
struct Sides {
  int height, width, channels;
  bool reshaped = false;  // as many numbers as the model's picture has, in another shape
};

std::string OwnShape(const image::InputContract& own) {
  return ShapeText({own.height, own.width, own.channels});
}

// Without the leading axes of 1 that a batch of one has.
std::vector<int> WithoutBatchAxes(std::vector<int> shape) {
  while (shape.size() > 1 && shape[0] == 1 &&
         (shape.size() > 3 || shape.size() == 2 || !IsChannels(shape.back()))) {
    shape.erase(shape.begin());
  }
  return shape;
}

// A list of numbers without rows.
Result<Sides> ReadFlat(int n, bool in_a_batch, const image::InputContract& own) {
  const int area = own.height * own.width;
  if (n == area * own.channels) return Sides{own.height, own.width, own.channels};
  if (n == area) return Sides{own.height, own.width, 1};
  const int side = static_cast<int>(std::lround(std::sqrt(n)));
  if (side * side == n) return Sides{side, side, 1};
  if (in_a_batch) return Sides{1, n, 1};
  return Invalid("a flat list of " + std::to_string(n) + " numbers is neither this model's " +
                 std::to_string(area * own.channels) + " nor a square");
}

// How many of the model's pictures numbers of `shape` are: [n, height * width], [n, height, width],
// [n, height, width, channels] or [n, channels, height, width]; 1 if they are none of these. A
// square of numbers is a picture.
int BatchOf(const std::vector<int>& shape, const image::InputContract& own) {
  const int area = own.height * own.width;
  const auto is = [&](std::vector<int> rest) {
    return std::equal(shape.begin() + 1, shape.end(), rest.begin(), rest.end());
  };
  bool rows = false;
  if (shape.size() == 2) {
    rows = shape[0] != shape[1] && (is({area}) || is({area * own.channels}));
  } else if (shape.size() > 2) {
    rows = is({own.height, own.width}) && !IsChannels(own.width);
    for (const int channels : {1, own.channels}) {
      rows = rows || is({own.height, own.width, channels}) || is({channels, own.height, own.width});
    }
  }
  return rows ? shape[0] : 1;
}

// What numbers with rows stand for.
Result<Sides> ReadRows(const Numbers& numbers, const std::vector<int>& shape,
                       const image::InputContract& own) {
  const std::string sent = "numbers of shape " + ShapeText(numbers.shape);
  if (own.channels > 1 && shape == std::vector{own.channels, own.height, own.width}) {
    return Invalid(sent + " have their channels first; " + OwnShape(own) + " is expected");
  }
  if (const int n = BatchOf(shape, own); n > 1) {
    return Invalid(sent + " are " + std::to_string(n) + " pictures, " + OwnShape(own) +
                   " is expected here; POST /v1/predict takes several as {\"images\": [...]}" +
                   (shape.size() == 2 ? "; one picture of this size is to be sent as " +
                                            ShapeText({shape[0], shape[1], 1})
                                      : ""));
  }
  const bool is_picture = shape.size() == 2 || (shape.size() == 3 && IsChannels(shape[2]));
  const int channels = is_picture && shape.size() == 3 ? shape[2] : 1;
  if (is_picture && shape[0] == own.height && shape[1] == own.width) {
    return Sides{shape[0], shape[1], channels};
  }
  const auto count = static_cast<int>(numbers.values.size());
  const int area = own.height * own.width;
  const bool as_many = count == area * own.channels || count == area;
  if (as_many && (channels == 1 || channels == own.channels)) {
    const Sides reshaped = {own.height, own.width, count == area ? 1 : own.channels, true};
    if (numbers.reshape) return reshaped;
    return Invalid("expected numbers of shape " +
                   ShapeText({reshaped.height, reshaped.width, reshaped.channels}) + ", got " +
                   ShapeText(numbers.shape) +
                   ": as many as this model's picture has, in another shape; send a picture that "
                   "really has this size as a file");
  }
  if (is_picture) return Sides{shape[0], shape[1], channels};
  return Invalid(sent +
                 " are no picture; height x width or height x width x 1, 3 or 4 are expected");
}

Result<Sides> ReadShape(const Numbers& numbers, const image::InputContract& own) {
  const std::vector<int> shape = WithoutBatchAxes(numbers.shape);
  if (shape.size() == 1) return ReadFlat(shape[0], numbers.shape.size() == 2, own);
  return ReadRows(numbers, shape, own);
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
  const auto shape = ReadShape(numbers, contract);
  if (!shape) return shape.error();
  const auto [low, high] = std::minmax_element(numbers.values.begin(), numbers.values.end());
  const NumberSpan span = {*low, *high};
  out.range = RecogniseRange(span, contract.range);
  out.misfit.reset();
  if (out.range == NumberRange::kNone) out.misfit = span;
  const auto [height, width, channels, reshaped] = *shape;
  out.reshaped = reshaped;
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
    const bool reversed = contract.channel_order == image::ChannelOrder::kBgr;
    const std::size_t place = reversed ? channels - 1 - c : c;
    const bool planar = contract.layout == image::Layout::kNchw;
    out[planar ? place * area + i / channels : i - c + place] = value;
  }
}

}  // namespace credence::predictor
