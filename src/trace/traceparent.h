// The header `traceparent` of W3C Trace Context: which trace a request belongs to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace credence::trace {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

struct Parent {
  TraceId trace;  // not all zero
  SpanId span;    // of the caller; not all zero
  bool sampled;   // the caller keeps its part of the trace
};

// nullopt: not a valid header, which the standard wants to be passed over. Of a version above 0
// what follows the part that is known is not looked at.
std::optional<Parent> ParseTraceparent(std::string_view header);

}  // namespace credence::trace
