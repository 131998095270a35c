// A requirement on a figure, as people write it: "reliable>=0.9". What the gate of a canary and
// `credence promote` share; each knows its own figures.
// Threads: pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::serving {

enum class Relation { kAtMost, kAtLeast };  // "<=", ">="

struct Requirement {
  std::string figure;
  Relation relation = Relation::kAtLeast;
  double limit = 0;  // finite

  bool holds(double value) const {
    return relation == Relation::kAtMost ? value <= limit : value >= limit;
  }
  friend bool operator==(const Requirement&, const Requirement&) = default;
};

inline constexpr std::size_t kRequirementsMax = 16;

// "reliable >= 0.9"
std::string ToText(const Requirement& requirement);

// Blanks around the three parts are passed over; names of figures are not checked.
// Errors: kInvalidArgument - no relation, no name, not a finite number; naming the text.
Result<Requirement> ParseRequirement(std::string_view text);

// A comma list of 1 to kRequirementsMax. Errors: those of ParseRequirement; kInvalidArgument - how
// many.
Result<std::vector<Requirement>> ParseRequirements(std::string_view text);

}  // namespace credence::serving
