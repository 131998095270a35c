// The gate decides from the counts of a comparison whether the canary is promoted or rolled back.
//
// A condition holds once its whole interval is on the right side of the limit. Promotion needs all
// conditions of `promote_when`, each at alpha; rollback needs any condition of `rollback_when`,
// each at alpha divided by their number. When both are due, it is rolled back.
//
// Assumes:    reliability/confidence_sequence.h: independent requests of unchanging traffic.
// Guarantees: however often it is asked, over the whole life of a comparison,
//             - a canary that breaks one of the promoting conditions is promoted with probability
//               <= promote_when.alpha (it would have to be shown wrongly that this one holds);
//             - a canary for which none of the conditions of rollback holds is rolled back with
//               probability <= rollback_when.alpha (a union bound over the conditions).
// Not promised: that anything is decided. A canary that lies on a limit is watched for ever.
// Measured:   docs/decisions/0010-canary-gate.md.
// Threads:    pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serving/canary.h"
#include "serving/comparison.h"
#include "serving/figures.h"

namespace credence::serving {

enum class GateAction { kNone, kPromote, kRollBack };
std::string_view GateActionName(GateAction action);  // "none", "promote", "roll back"

// How one condition stands.
struct GateFinding {
  Requirement condition;
  double alpha = 0;  // the interval's
  Measured measured;
  bool enough = false;  // at least inputs_min outcomes
  bool holds = false;   // shown, and enough
};

struct GateDecision {
  GateAction action = GateAction::kNone;
  // For people: what held, or what does not hold yet, each condition with value, interval and n.
  std::string reason;
  std::vector<GateFinding> promote, rollback;  // in the order of the conditions
};

// REQUIRES: `config` comes from ParseCanary.
GateDecision Decide(const CanaryConfig& config, const ComparisonCounts& counts);

// "errors_difference >= 0.02 holds: 0.051 [0.024, 0.083], n 812, alpha 0.01"
std::string ToText(const GateFinding& finding);

}  // namespace credence::serving
