// Sentences for people about one answer. Threads: pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "predictor/predictor.h"

namespace credence::predictor {

// reliability::ReasonSentence, with the numbers of this input where it has any.
std::string ReasonText(reliability::Reason reason, const Predictor& predictor,
                       const Answer& answer);

// "97.31%", or "> 99.9%" where the profile's certifying rows cannot tell more from certainty.
std::string ConfidenceText(double confidence, const reliability::Profile& profile);

// The stable name of a signal in an explanation: "decision", "neighbours", "second_opinion",
// "output", "features", "shape", "image_style".
std::string_view SignalCode(std::size_t signal);

// What a standardised value of it means: "The overall shape is as close to a known class as usual."
// "As usual" is from -1 on, where five in six ordinary pictures are; far from it is below -2.5.
std::string_view SignalSentence(std::size_t signal, double standardised);

}  // namespace credence::predictor
