// Which versions of a predictor to serve, as --versions says it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace credence::serving {

struct VersionPolicy {
  enum class Kind { kLatest, kAll, kSpecific } kind = Kind::kLatest;
  std::int64_t count = 1;              // kLatest: how many of the highest
  std::vector<std::int64_t> versions;  // kSpecific
};

// "latest", "latest:N", "all" or a comma list of numbers.
Result<VersionPolicy> ParseVersionPolicy(const std::string& text);

}  // namespace credence::serving
