// Bodies that were sent compressed. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::api::tensor {

// Whether `encoding`, a Content-Encoding, is one that Inflate undoes.
bool CanInflate(std::string_view encoding);

// Sets `out` to what gzip or deflate (RFC 1950) have made `body` of.
// Errors: kInvalidArgument - it is damaged, or something stands behind it; kTooLarge - more than
//         `bytes_max` come out. REQUIRES: CanInflate of its encoding.
Result<void> Inflate(std::span<const std::uint8_t> body, std::size_t bytes_max,
                     std::vector<std::uint8_t>& out);

}  // namespace credence::api::tensor
