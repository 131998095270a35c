// What the learning half says about each threshold: how many answers it accepts, and how many of
// them are wrong. Kept in a profile to plan further calibrations (fitting/plan.h). A plain value.
#pragma once

namespace credence::reliability {

struct PilotPoint {
  double logit = 0;   // of P(correct)
  double share = 0;   // of the rows at or above it
  double errors = 0;  // mean of 1 - P(correct) over them
};

}  // namespace credence::reliability
