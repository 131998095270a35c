// Bodies of KServe's binary tensor extension: JSON, and the bytes of tensors behind it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::api::kserve {

// The header that says how long the JSON is.
inline constexpr std::string_view kLengthHeader = "Inference-Header-Content-Length";

struct Parts {
  std::string_view json;
  std::span<const std::uint8_t> tail;
  bool raw = false;  // the length is 0: the body is one tensor, or a picture
};

// `length`: the header's value; nullopt: the whole body is JSON.
// Errors: kInvalidArgument - no number, or more than the body has.
Result<Parts> SplitBody(std::span<const std::uint8_t> body, std::optional<std::string_view> length);

// Takes the first `bytes` off the tail. Errors: kInvalidArgument - it has fewer; `name`: the
// input's.
Result<std::span<const std::uint8_t>> TakeTail(std::uint64_t bytes, std::string_view name,
                                               std::span<const std::uint8_t>& tail);

// Appends the texts of `data`, each behind its length, 4 bytes little-endian.
// Errors: kInvalidArgument - cut short.
Result<void> ReadTexts(std::span<const std::uint8_t> data, std::string_view name,
                       std::vector<std::span<const std::uint8_t>>& texts);
void AppendText(std::string_view text, std::string& out);

}  // namespace credence::api::kserve
