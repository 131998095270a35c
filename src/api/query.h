// Query parameters that several routes take. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace credence::api {

// `version=N`; nullopt when it is not there. Errors: kInvalidArgument - not a number from 1 on.
Result<std::optional<std::int64_t>> ReadVersion(std::string_view query);

// `key`, `key=true` or `key=1`, and their opposites; false when it is not there.
// Errors: kInvalidArgument - another value.
Result<bool> ReadFlag(std::string_view query, std::string_view key);

}  // namespace credence::api
