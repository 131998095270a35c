#include "serving/requirement.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/ascii.h"

namespace credence::serving {
namespace {

Error InvalidRequirement(std::string_view text, const std::string& why) {
  return {Code::kInvalidArgument, "requirement \"" + std::string(text) + "\": " + why};
}

}  // namespace

std::string ToText(const Requirement& requirement) {
  char limit[32];
  std::snprintf(limit, sizeof limit, "%g", requirement.limit);
  return requirement.figure + (requirement.relation == Relation::kAtMost ? " <= " : " >= ") + limit;
}

Result<Requirement> ParseRequirement(std::string_view text) {
  const std::size_t at = text.find_first_of("<>=");
  const std::string_view sign = at == std::string_view::npos ? "" : text.substr(at, 2);
  if (sign != "<=" && sign != ">=") {
    return InvalidRequirement(text, "want FIGURE<=NUMBER or FIGURE>=NUMBER");
  }
  Requirement requirement;
  requirement.figure = Trimmed(text.substr(0, at));
  requirement.relation = sign == "<=" ? Relation::kAtMost : Relation::kAtLeast;
  if (requirement.figure.empty()) return InvalidRequirement(text, "the figure's name is missing");
  const std::string_view number = Trimmed(text.substr(at + 2));
  const char* const end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, requirement.limit);
  if (error != std::errc() || stop != end || !std::isfinite(requirement.limit)) {
    return InvalidRequirement(text, "\"" + std::string(number) + "\" is not a number");
  }
  return requirement;
}

Result<std::vector<Requirement>> ParseRequirements(std::string_view text) {
  std::vector<Requirement> requirements;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    auto requirement = ParseRequirement(text.substr(0, comma));
    if (!requirement) return requirement.error();
    requirements.push_back(*std::move(requirement));
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
    if (more && requirements.size() == kRequirementsMax) {
      return Error{Code::kInvalidArgument,
                   "more than " + std::to_string(kRequirementsMax) + " requirements"};
    }
  }
  return requirements;
}

}  // namespace credence::serving
