// The state of a canary, for people and programs: the answer of GET /v1/predictors/{name}/canary.
// Threads: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json_writer.h"
#include "serving/canary.h"
#include "serving/comparison.h"
#include "serving/gate.h"

namespace credence::serving {

// How a comparison ended.
struct CanaryEnd {
  GateAction action = GateAction::kNone;  // kNone: not by the gate
  WallTime when;
  std::string reason;
};

struct CanaryStatus {
  std::string predictor;
  std::int64_t stable = 1, canary = 1;  // version numbers
  CanaryConfig config;
  WallTime since;  // when counting began
  ComparisonCounts counts;
  std::optional<CanaryEnd> end;  // nullopt: it goes on
};

// The intervals that are shown of each figure hold, each by itself, with probability 0.95 over all
// looks; those of the gate's conditions as the gate uses them.
inline constexpr double kShownAlpha = 0.05;

// {"name": "digits", "state": "comparing", …}; docs/api.md describes the fields.
void WriteJson(const CanaryStatus& status, JsonWriter& json);

}  // namespace credence::serving
