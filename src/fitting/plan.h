// How many labelled pictures buy which promise, before anyone labels them.
// Threads: pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "reliability/pilot.h"

namespace credence::fitting {

struct PlanQuestion {
  double risk = 0.01;        // ρ to be certified
  double true_risk = 0.005;  // error rate that is expected above the threshold
  double share = 0.8;        // of the answers above it
  double delta = 0.01;       // δ': a fifth of 5 %, as a rung of the ladder has it
  double power = 0.8;        // probability that the certificate is won
};

struct Plan {
  std::size_t accepted = 0;         // N: certifying rows above the threshold
  std::size_t errors = 0;           // k: as many of them may be wrong
  std::size_t certify = 0;          // n: certifying rows
  std::size_t labels = 0;           // pictures to label; where they belong together: groups
  double true_risk = 0, share = 0;  // of the threshold that needs the fewest
};
inline constexpr std::size_t kPlanMax = 1'000'000;  // of `accepted`

// The smallest number of rows; nullopt: none up to kPlanMax, or the true risk is too near.
std::optional<Plan> PlanLabels(const PlanQuestion& question);

// The threshold of a pilot that needs the fewest; true_risk and share of `question` are ignored.
// share_factor: of a pilot's share, for one class of several.
std::optional<Plan> PlanLabels(const PlanQuestion& question,
                               std::span<const reliability::PilotPoint> pilot,
                               double share_factor = 1);

}  // namespace credence::fitting
