// Which numbers the model wants to see: chosen by how well it then predicts the labels.
//
// Accuracy cannot tell v/255 from v, and plain NLL is wrong for over-confident models; the
// criterion of FitTemperature tells them apart (its prior breaks the tie between scalings that
// differ by a factor). The models run elsewhere: this room sees the logits under each candidate
// only. Threads: pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace credence::reliability {

// A level v (0..255) of channel c becomes ((inverted ? 255 - v : v) / 255 - mean[c]) / sd[c].
struct Scaling {
  std::string name = "0..1";  // "0..1", "0..255", "-1..1", "standardised", or the user's own
  std::array<double, 3> mean = {0, 0, 0};
  std::array<double, 3> sd = {1, 1, 1};
  bool inverted = false;

  friend bool operator==(const Scaling&, const Scaling&) = default;
};

// The eight candidates, in order of preference. One channel: "standardised" takes mean and
// population SD of all `levels` / 255 (of the rows the criterion is computed on); three channels:
// the constants that ImageNet models are trained with.
std::vector<Scaling> ScalingCandidates(std::span<const std::uint8_t> levels, std::size_t channels);

// Rows of A that the criterion is computed on: the first min(500, n_A).
inline constexpr std::size_t kScalingRowsMax = 500;

struct ScalingChoice {
  std::size_t index = 0;   // of the smallest criterion; ties within 1e-9: the earlier
  double margin = 0;       // nats to the second best
  bool ambiguous = false;  // margin < 0.01
};

// criteria: FitTemperature(...).criterion under each candidate; a candidate whose logits are not
// finite: +inf.
// Errors: kFailedPrecondition - the best is no better than guessing (>= ln classes).
Result<ScalingChoice> ChooseScaling(std::span<const double> criteria, std::size_t classes);

}  // namespace credence::reliability
