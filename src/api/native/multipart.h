// multipart/form-data (RFC 7578, RFC 2046), as views into the body. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::api::native {

struct Part {
  std::string_view name;      // of Content-Disposition, without quotes
  std::string_view filename;  // empty if not given
  std::span<const std::uint8_t> content;
};

inline constexpr std::size_t kPartsMax = 80;

// `content_type`: the request's header, e.g. `multipart/form-data; boundary=xyz`.
// Errors: kInvalidArgument - no boundary, or a body that is not framed by it; kTooLarge - more than
//         kPartsMax parts.
Result<std::vector<Part>> ParseMultipart(std::string_view content_type,
                                         std::span<const std::uint8_t> body);

}  // namespace credence::api::native
