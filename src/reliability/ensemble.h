// One prediction from several passes of a model that answers at random.
//
// Predictive entropy, mutual information and vote agreement are reported only: as detectors of
// errors they are worse than the mean softmax (Depeweg et al. 2018 for the decomposition). Threads:
// pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace credence::reliability {

inline constexpr std::size_t kPassesDefault = 10;

struct EnsembleStats {
  double predictive_entropy = 0;  // nats: H(mean p)
  double mutual_information = 0;  // nats: H(mean p) - mean H(p_j), >= 0 but for rounding
  double vote_agreement = 0;      // share of passes whose top class is that of the mean
};

// probabilities: [passes, classes]. Writes mean and population variance of each class over the
// passes. REQUIRES: passes >= 1; mean and variance of `classes` values.
EnsembleStats SummarisePasses(std::span<const double> probabilities, std::size_t passes,
                              std::span<double> mean, std::span<double> variance);

struct EnsembleOutput {
  std::span<float> logits;    // [classes]: ln max(mean p, 1e-12), what Assess takes
  std::span<float> variance;  // [classes]: of each class's probability over the passes
  std::span<float> features;  // [p]: mean of the passes' features; empty without a tap
};

// The same from logits [passes, classes], finite, and features [passes, p]. `scratch` is reused.
EnsembleStats CombinePasses(std::span<const float> logits, std::span<const float> features,
                            std::size_t passes, const EnsembleOutput& out,
                            std::vector<double>& scratch);

}  // namespace credence::reliability
