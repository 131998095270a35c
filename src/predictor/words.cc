#include "predictor/words.h"

#include <array>
#include <cstdio>

namespace credence::predictor {

std::string ReasonText(reliability::Reason reason, const Predictor& predictor,
                       const Answer& answer) {
  if (reason == reliability::Reason::kValueRange && answer.misfit) {
    return MisfitSentence(*answer.misfit, predictor.contract().range);
  }
  return std::string(reliability::ReasonSentence(reason));
}

std::string ConfidenceText(double confidence, const reliability::Profile& profile) {
  char text[24];
  const double limit = reliability::ConfidenceLimit(profile.certifying());
  if (confidence > limit) {
    std::snprintf(text, sizeof text, "> %.10g%%", 100 * limit);
  } else {
    std::snprintf(text, sizeof text, "%.2f%%", 100 * confidence);
  }
  return text;
}

std::string_view SignalCode(std::size_t signal) {
  constexpr auto kCodes = std::to_array<std::string_view>(
      {"decision", "neighbours", "second_opinion", "output", "features", "shape", "image_style"});
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
      {"The model's output as a whole is as strong as usual.",
       "The model's output as a whole is weaker than usual, for every class.",
       "The model's output as a whole is far weaker than usual, for every class."},
      {"What the model sees is as close to a known picture as usual.",
       "What the model sees is farther from every known picture than usual.",
       "What the model sees is far from every known picture."},
      {"The overall shape is as close to a known class as usual.",
       "The overall shape is farther from every known class than usual.",
       "The overall shape is far from every known class."},
      {"Brightness, contrast and texture are as usual.",
       "Brightness, contrast or texture are unusual.",
       "Brightness, contrast or texture are very unusual."},
  });
  static_assert(kSentences.size() == reliability::kSignals);
  const std::size_t degree = standardised >= -1 ? 0 : standardised >= -2.5 ? 1 : 2;
  return kSentences[signal][degree];
}

}  // namespace credence::predictor
