#include "fitting/card_row.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "reliability/logits.h"

namespace credence::fitting {
namespace {

// Both NaN for a label that is none of the classes.
double ProbabilityOf(std::int32_t label, std::span<const float> probabilities) {
  const auto index = static_cast<std::size_t>(label);  // -1 becomes the largest number
  if (index >= probabilities.size()) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(probabilities[index]);
}

double SquaredError(std::int32_t label, std::span<const float> probabilities) {
  const double right = ProbabilityOf(label, probabilities);
  double sum = 1 - 2 * right;  // (1 - p)² = p² + 1 - 2p
  for (const float p : probabilities) sum += static_cast<double>(p) * static_cast<double>(p);
  return sum;
}

}  // namespace

CardRow MakeCardRow(const reliability::Assessment& assessment, std::span<const float> logits,
                    std::int32_t label) {
  CREDENCE_CHECK(assessment.valid);
  std::vector<float> raw(logits.size());
  reliability::ScaledSoftmax(logits, 1, raw);
  CardRow row;
  row.label = label;
  row.predicted = static_cast<std::int32_t>(assessment.predicted);
  row.p_correct = assessment.p_correct;
  row.confidence = assessment.confidence;
  row.certified_risk = assessment.certified_risk.value_or(std::numeric_limits<double>::quiet_NaN());
  row.energy = assessment.signals[reliability::kEnergy];
  row.nearness = assessment.signals[reliability::kFeatureNearness];
  row.log_odds = assessment.signals[reliability::kMargin];
  row.scaled_softmax = static_cast<double>(assessment.probabilities[assessment.predicted]);
  row.max_softmax = static_cast<double>(raw[assessment.predicted]);
  row.label_probability = ProbabilityOf(label, assessment.probabilities);
  row.squared_error = SquaredError(label, assessment.probabilities);
  row.raw_label_probability = ProbabilityOf(label, raw);
  row.raw_squared_error = SquaredError(label, raw);
  if (assessment.second_opinion) {
    row.second_opinion = static_cast<std::int32_t>(*assessment.second_opinion);
  }
  row.unfamiliarity = assessment.unfamiliarity;
  row.familiarity = assessment.familiarity;
  row.verdict = assessment.verdict;
  for (std::size_t level = 0; level < reliability::kCoverageLevels.size(); ++level) {
    const std::vector<std::int32_t>& set = assessment.sets[level];
    row.set_size[level] = set.size();
    row.set_covers[level] = std::binary_search(set.begin(), set.end(), label);
  }
  return row;
}

}  // namespace credence::fitting
