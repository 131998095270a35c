#include "predictor/words.h"

namespace credence::predictor {

std::string ReasonText(reliability::Reason reason, const Predictor& predictor,
                       const Picture& picture) {
  if (reason == reliability::Reason::kValueRange && picture.misfit) {
    return MisfitSentence(*picture.misfit, predictor.contract().range);
  }
  return std::string(reliability::ReasonSentence(reason));
}

}  // namespace credence::predictor
