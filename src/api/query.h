// Query parameters that several routes take. Pure.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "serving/request.h"

namespace credence::api {

// Errors: kInvalidArgument - the query has a parameter that is none of `known`, naming it and
// those.
Result<void> CheckQuery(std::string_view query, std::span<const std::string_view> known);

// Sets the selector's version or label to what `version=` says; when it is not there, to neither.
// Errors: kInvalidArgument - neither a number from 1 on nor a version label.
Result<void> ReadVersion(std::string_view query, serving::Selector& selector);

// `key`, `key=true` or `key=1`, and their opposites; false when it is not there.
// Errors: kInvalidArgument - another value.
Result<bool> ReadFlag(std::string_view query, std::string_view key);

}  // namespace credence::api
