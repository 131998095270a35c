// What is said to people about one answer, in sentences. Threads: pure.
#pragma once

#include <string>

#include "predictor/predictor.h"

namespace credence::predictor {

// reliability::ReasonSentence, with the numbers of this picture where it has any.
std::string ReasonText(reliability::Reason reason, const Predictor& predictor,
                       const Picture& picture);

}  // namespace credence::predictor
