// For numbers that were sent instead of a picture file: finds their range and the levels they stand
// for.
// Threads: pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "image/input_contract.h"
#include "image/pixels.h"

namespace credence::predictor {

struct NumberSpan {
  float low = 0;
  float high = 0;

  friend bool operator==(const NumberSpan&, const NumberSpan&) = default;
};

enum class NumberRange {
  kUnit,    // 0..1
  kLevels,  // 0..255
  kModel,   // the model's own, e.g. -1..1: a tensor made ready for it
  kNone,    // none of these: the answer is `unfamiliar`, reason `value_range`
};
std::string_view RangeName(NumberRange range);  // "0..1", "0..255", "model", "none"

// Black and white of the model's own range, over all its channels.
NumberSpan SpanOf(const image::ValueRange& own);

// Whether the model's own range holds all numbers, up to rounding.
bool InModelRange(const NumberSpan& numbers, const image::ValueRange& own);

// Returns the first range that holds all numbers, up to rounding. Neither 0..1 nor 0..255 holds
// numbers that differ but all lie within a fifteenth of it from black: no picture is that dark, but
// a tensor that was scaled twice, or has levels 0..16, is.
NumberRange RecogniseRange(const NumberSpan& numbers, const image::ValueRange& own);

// The level that each number stands for, rounded; numbers of kNone are taken as the model would
// take them, and clipped. values: [out.size()], laid out as out.data.
void ToLevels(std::span<const float> values, NumberRange range, const image::ValueRange& own,
              image::Pixels& out);

// "The numbers sent go from 0 to 40000; this predictor takes 0..1 or 0..255."
std::string MisfitSentence(const NumberSpan& numbers, const image::ValueRange& own);

}  // namespace credence::predictor
