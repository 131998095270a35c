#include "predictor/words.h"

#include <array>

namespace credence::predictor {

std::string ReasonText(reliability::Reason reason, const Predictor& predictor,
                       const Answer& answer) {
  if (reason == reliability::Reason::kValueRange && answer.misfit) {
    return MisfitSentence(*answer.misfit, predictor.contract().range);
  }
  return std::string(reliability::ReasonSentence(reason));
}

std::string_view SignalCode(std::size_t signal) {
  constexpr auto kCodes = std::to_array<std::string_view>(
      {"decision", "neighbours", "second_opinion", "features", "shape", "detail", "image_style"});
  static_assert(kCodes.size() == reliability::kSignals);
  return kCodes[signal];
}

std::string_view SignalSentence(std::size_t signal, double standardised) {
  constexpr std::size_t kDegrees = 3;  // as usual, worse, far worse
  constexpr auto kSentences = std::to_array<std::array<std::string_view, kDegrees>>({
      {"The model's decision is as clear as usual.",
       "The model's decision is less clear than usual.",
       "The model's decision is far less clear than usual."},
      {"Known pictures of this class are as much nearer than those of others as usual.",
       "Known pictures of other classes are nearer than usual, against those of this class.",
       "Known pictures of other classes are far nearer than usual, against those of this "
       "class."},
      {"A simple look at the pixels speaks for this class as usual.",
       "A simple look at the pixels speaks for this class less than usual.",
       "A simple look at the pixels speaks for this class far less than usual, or for "
       "another."},
      {"What the model sees is as close to a known picture as usual.",
       "What the model sees is farther from every known picture than usual.",
       "What the model sees is far from every known picture."},
      {"The overall shape is as close to a known class as usual.",
       "The overall shape is farther from every known class than usual.",
       "The overall shape is far from every known class."},
      {"The fine detail is as usual.", "The fine detail is unusual.",
       "The fine detail is very unusual."},
      {"Brightness, contrast and texture are as usual.",
       "Brightness, contrast or texture are unusual.",
       "Brightness, contrast or texture are very unusual."},
  });
  static_assert(kSentences.size() == reliability::kSignals);
  const std::size_t degree = standardised >= -1 ? 0 : standardised >= -2.5 ? 1 : 2;
  return kSentences[signal][degree];
}

}  // namespace credence::predictor
