// A field's answer: several pictures of one predictor that make one value. Threads: pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "predictor/predictor.h"
#include "reliability/field.h"

namespace credence::predictor {

struct FieldAnswer {
  // The pictures' labels, joined: as they are where each of the predictor's is one character, else
  // with a blank between two.
  std::string label;
  reliability::FieldAssessment assessment;  // p_correct, confidence: only with a profile
};

// One picture is a field, too: its verdict is the picture's.
// Errors: that of the first picture that has one, naming it; kInvalidArgument - the predictor takes
// no pictures. REQUIRES: at least one answer; each is the predictor's.
Result<FieldAnswer> JudgeField(const Predictor& predictor, std::span<const Answer> pictures);

// What a note says, in a sentence, with the numbers of this field.
std::string FieldNoteText(const reliability::FieldNote& note, const Predictor& predictor,
                          std::size_t length);

}  // namespace credence::predictor
