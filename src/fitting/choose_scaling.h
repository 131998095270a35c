// Chooses the numbers that a model is given, by how well it then predicts the labels.
//
// Accuracy cannot tell v/255 from v, and plain NLL is wrong for over-confident models; the
// criterion of FitTemperature tells them apart (its prior breaks the tie between scalings that
// differ by a factor). The caller runs the model; this room sees only the logits under each
// candidate. Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "reliability/scaling.h"

namespace credence::fitting {

// The eight candidates, in order of preference. One channel: "standardised" takes mean and
// population SD of all `levels` / 255 (of the rows the criterion is computed on); three channels:
// the constants that ImageNet models are trained with.
std::vector<reliability::Scaling> ScalingCandidates(std::span<const std::uint8_t> levels,
                                                    std::size_t channels);

// A model that knows less than a twentieth of what telling the classes apart takes does not predict
// them: it was given something else than it was trained on.
inline constexpr double kGuessShare = 0.95;

inline constexpr std::size_t kScalingRowsMax = 500;

// The rows that the criterion is computed on: min(500, n_A) of `a`, drawn at random, ascending. The
// first ones would be of few classes where the data lies in order of its classes, and of those a
// wrong scaling that always gives one class can be the best.
std::vector<std::size_t> ScalingRows(std::uint64_t seed, std::span<const std::size_t> a);

struct ScalingChoice {
  std::size_t index = 0;   // of the smallest criterion; ties within 1e-9: the earlier
  double margin = 0;       // nats to the second best
  bool ambiguous = false;  // margin < 0.01
};

// criteria: FitTemperature(...).criterion under each candidate; a candidate whose logits are not
// finite: +inf.
// Errors: kFailedPrecondition - the best is hardly better than guessing: kGuessShare * ln classes
// or
//         more.
Result<ScalingChoice> ChooseScaling(std::span<const double> criteria, std::size_t classes);

}  // namespace credence::fitting
