// Query parameters that several routes take. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "serving/request.h"

namespace credence::api {

// Sets the selector's version or label to what `version=` says; when it is not there, to neither.
// Errors: kInvalidArgument - neither a number from 1 on nor a version label.
Result<void> ReadVersion(std::string_view query, serving::Selector& selector);

// `key`, `key=true` or `key=1`, and their opposites; false when it is not there.
// Errors: kInvalidArgument - another value.
Result<bool> ReadFlag(std::string_view query, std::string_view key);

}  // namespace credence::api
