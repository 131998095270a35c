// What a canary is: which share of the requests that name no version goes to the version labelled
// `canary` instead of the one labelled `stable`, and when the label is moved by itself.
//
// In predictor.json, beside "labels":
//   {"schema": 1, "labels": {"stable": 3, "canary": 4},
//    "canary": {"share": 0.1, "sticky": true, "shadow": false,
//               "promote_when":  {"all": ["reliable_difference >= -0.02"], "alpha": 0.01},
//               "rollback_when": {"any": ["errors_difference >= 0.02"], "alpha": 0.01}}}
// Threads: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "serving/requirement.h"

namespace credence::serving {

inline constexpr char kStableLabel[] = "stable";
inline constexpr char kCanaryLabel[] = "canary";

// When the gate acts. Its conditions are on the figures of figures.h; what that means: gate.h.
struct GateRule {
  std::vector<Requirement> conditions;  // 1 to kRequirementsMax
  double alpha = 0.01;  // probability of acting wrongly, ever; 0.000001 to 0.5. Raised: acts sooner
  // Outcomes that each condition must be made of; 1 to 10^9. Raised: acts later, which guards
  // against a beginning that is not like the rest; the guarantee does not need it.
  std::uint64_t inputs_min = 100;

  friend bool operator==(const GateRule&, const GateRule&) = default;
};

struct CanaryConfig {
  // Of the requests that name no version, (0, 1]: those that go to the canary, in shadow those that
  // it is shown too.
  double share = 0.1;
  // By the request's key, so that one caller always meets the same version; a request without a key
  // goes by chance. false: every request goes by chance.
  bool sticky = true;
  // Both versions run, the stable one answers. Costs the canary's time for `share` of the requests.
  bool shadow = false;
  std::optional<GateRule> promote_when = {};   // all conditions hold: `stable` becomes the canary
  std::optional<GateRule> rollback_when = {};  // any condition holds: the label `canary` goes

  friend bool operator==(const CanaryConfig&, const CanaryConfig&) = default;
};

// The value of "canary" in predictor.json. Missing keys have their defaults.
// Errors: kInvalidArgument - not an object, an unknown key or figure, a value out of its range, a
//         condition that can never hold, `agreement` without shadow; naming the key, the limit and
//         the actual value.
Result<CanaryConfig> ParseCanary(const nlohmann::json& canary);

enum class Route { kStable, kCanary, kBoth };

// Who answers a request that names no version. kBoth: the stable version, and the canary is shown
// it. `key`: the request's, empty if it has none. `salt`: what is compared, such as "digits/4":
// another canary meets other keys. `random`: in [0, 1), another one for each request. The same on
// every machine and in every process.
Route ChooseRoute(const CanaryConfig& config, std::string_view key, std::string_view salt,
                  double random);

}  // namespace credence::serving
