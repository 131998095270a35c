#include "predictor/number_range.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <initializer_list>
#include <type_traits>

namespace credence::predictor {
namespace {

constexpr NumberSpan kUnitSpan = {0, 1};
constexpr NumberSpan kLevelSpan = {0, 255};
constexpr float kRounding = 1e-3f;  // share of a range by which floats may miss its ends
constexpr float kDimShare = 1.0f / 15;

bool Holds(const NumberSpan& range, const NumberSpan& numbers) {
  const float slack = kRounding * (range.high - range.low);
  return numbers.low >= range.low - slack && numbers.high <= range.high + slack;
}

// Of a range that begins with black at 0.
bool IsDim(const NumberSpan& range, const NumberSpan& numbers) {
  return numbers.low < numbers.high && numbers.high < kDimShare * range.high;
}

std::string Text(const NumberSpan& span, const char* between) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6g%s%.6g", static_cast<double>(span.low), between,
                static_cast<double>(span.high));
  return text;
}

}  // namespace

std::string_view RangeName(NumberRange range) {
  switch (range) {
    case NumberRange::kUnit:
      return "0..1";
    case NumberRange::kLevels:
      return "0..255";
    case NumberRange::kModel:
      return "model";
    case NumberRange::kNone:
      return "none";
  }
  return "";
}

NumberSpan SpanOf(const image::ValueRange& own) {
  NumberSpan span = {own.offset[0], own.offset[0]};
  for (std::size_t c = 0; c < own.scale.size(); ++c) {
    for (const float end : {own.offset[c], own.offset[c] + 255 * own.scale[c]}) {
      span.low = std::min(span.low, end);
      span.high = std::max(span.high, end);
    }
  }
  return span;
}

bool InModelRange(const NumberSpan& numbers, const image::ValueRange& own) {
  return Holds(SpanOf(own), numbers);
}

NumberRange RecogniseRange(const NumberSpan& numbers, const image::ValueRange& own) {
  if (Holds(kUnitSpan, numbers)) {
    return IsDim(kUnitSpan, numbers) ? NumberRange::kNone : NumberRange::kUnit;
  }
  if (Holds(kLevelSpan, numbers) && !IsDim(kLevelSpan, numbers)) return NumberRange::kLevels;
  return InModelRange(numbers, own) ? NumberRange::kModel : NumberRange::kNone;
}

void ToLevels(std::span<const float> values, NumberRange range, const image::ValueRange& own,
              image::Pixels& out) {
  std::array<float, 3> offset = {}, levels_a_unit = {};
  const bool inverted =
      range != NumberRange::kUnit && range != NumberRange::kLevels && own.inverted;
  if (range == NumberRange::kUnit) {
    levels_a_unit.fill(255);
  } else if (range == NumberRange::kLevels) {
    levels_a_unit.fill(1);
  } else {
    offset = own.offset;
    for (std::size_t c = 0; c < offset.size(); ++c) levels_a_unit[c] = 1 / own.scale[c];
  }
  const float first = inverted ? 255.0f : 0.0f, sign = inverted ? -1.0f : 1.0f;
  // `stride`: the number of channels; known to the compiler, it makes vector code of the loop.
  const auto convert = [&](auto stride, std::size_t channel) {
    const std::size_t c = std::min(channel, offset.size() - 1);
    const float black = offset[c], scale = levels_a_unit[c];
    const float* const in = values.data();
    std::uint8_t* const levels = out.data.data();
    const std::size_t count = values.size();
    for (std::size_t i = channel; i < count; i += stride) {
      const float exact = (in[i] - black) * scale;
      const float level = exact > 0 ? std::min(exact, 255.0f) : 0.0f;  // NaN: black
      levels[i] = static_cast<std::uint8_t>(first + sign * level + 0.5f);
    }
  };
  if (out.channels == 1) return convert(std::integral_constant<std::size_t, 1>(), 0);
  const auto channels = static_cast<std::size_t>(out.channels);
  for (std::size_t channel = 0; channel < channels; ++channel) convert(channels, channel);
}

std::string MisfitSentence(const NumberSpan& numbers, const image::ValueRange& own) {
  const NumberSpan span = SpanOf(own);
  const bool known = span == kUnitSpan || span == kLevelSpan;
  return "The numbers sent go from " + Text(numbers, " to ") + "; this predictor takes " +
         (known ? "0..1 or 0..255." : "0..1, 0..255, or its own " + Text(span, "..") + ".");
}

}  // namespace credence::predictor
