// Reads the small JSON bodies of the admin endpoints. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace credence::api::admin {

inline constexpr std::size_t kBodyBytesMax = 4096;

// The value of `key` in a body {"key": value}, which has no other key.
// Errors: kInvalidArgument - another body, saying what is expected; kTooLarge - over kBodyBytesMax.
Result<std::string> ReadText(const http::Request& request, std::string_view key);
Result<std::int64_t> ReadNumber(const http::Request& request, std::string_view key);

// A version in a path: digits, from 1 on; zeros may stand in front. Errors: kInvalidArgument.
Result<std::int64_t> ReadVersionNumber(std::string_view text);

// kTooLarge: the body has or would have so many bytes, and may not.
Error TooLarge(std::uint64_t bytes);

}  // namespace credence::api::admin
