#include "model/model.h"

#include <array>
#include <utility>

namespace credence::model {
namespace {

constexpr auto kScoreKinds = std::to_array<std::pair<ScoreKind, std::string_view>>({
    {ScoreKind::kProbabilities, "probabilities"},
    {ScoreKind::kLogProbabilities, "log_probabilities"},
    {ScoreKind::kLogits, "logits"},
    {ScoreKind::kSigmoids, "sigmoids"},
});

}  // namespace

std::string_view ScoreKindName(ScoreKind kind) {
  for (const auto& [one, name] : kScoreKinds) {
    if (one == kind) return name;
  }
  return "";
}

std::optional<ScoreKind> ParseScoreKind(std::string_view name) {
  for (const auto& [kind, one] : kScoreKinds) {
    if (one == name) return kind;
  }
  return std::nullopt;
}

}  // namespace credence::model
