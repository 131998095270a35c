#include "serving/version_policy.h"

#include "serving/repository.h"

namespace credence::serving {

Result<VersionPolicy> ParseVersionPolicy(const std::string& text) {
  using Kind = VersionPolicy::Kind;
  if (text == "latest") return VersionPolicy{};
  if (text == "all") return VersionPolicy{.kind = Kind::kAll, .count = 0, .versions = {}};
  if (text.starts_with("latest:")) {
    if (const auto count = ParseVersionNumber(std::string_view(text).substr(7))) {
      return VersionPolicy{.kind = Kind::kLatest, .count = *count, .versions = {}};
    }
  } else {
    VersionPolicy policy{.kind = Kind::kSpecific, .count = 0, .versions = {}};
    std::size_t start = 0;
    for (bool more = true; more;) {
      const std::size_t comma = text.find(',', start);
      more = comma != std::string::npos;
      const auto number = ParseVersionNumber(text.substr(start, more ? comma - start : comma));
      if (!number) break;
      policy.versions.push_back(*number);
      if (!more) return policy;
      start = comma + 1;
    }
  }
  return Error{Code::kInvalidArgument,
               "versions \"" + text + "\" is not latest, latest:N, all or numbers like 3,5"};
}

}  // namespace credence::serving
