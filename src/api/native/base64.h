// Base64, as pictures stand in JSON. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::api::native {

// Decodes base64 or base64url (RFC 4648), padded or not; blanks, line breaks and a "data:…;base64,"
// prefix are passed over.
// Errors: kInvalidArgument.
Result<std::vector<std::uint8_t>> DecodeBase64(std::string_view text);

// Appends the base64 of `bytes`.
void EncodeBase64(std::span<const std::uint8_t> bytes, std::string& out);

}  // namespace credence::api::native
