// The answer of `credence predict` for people: a bar a class, and what the model saw.
#pragma once

#include <cstddef>
#include <string>

#include "image/pixels.h"
#include "predictor/field.h"
#include "predictor/predictor.h"

namespace credence::cli {

struct TextOptions {
  bool view = false;     // draw the picture as the model saw it
  bool colour = false;   // ANSI colours
  int classes_max = 10;  // bars, the likeliest first when there are more classes
};

// Several lines, the last ended by '\n'.
std::string AnswerText(const std::string& title, const predictor::Predictor& predictor,
                       const predictor::Answer& answer, const TextOptions& options);

// What is said of the field as a whole.
std::string FieldText(const predictor::Predictor& predictor, const predictor::FieldAnswer& field,
                      std::size_t length, const TextOptions& options);

// The picture in half blocks, two rows of pixels a line: 24-bit ANSI colours, or without them the
// five shades " ░▒▓█" of each pair's mean. Pictures wider than 100 px are thinned out.
std::string HalfBlocks(const image::Pixels& picture, bool colour);

}  // namespace credence::cli
