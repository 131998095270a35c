// A span: what is exported of one request.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "trace/traceparent.h"

namespace credence::trace {

struct Span {
  TraceId trace{};
  SpanId id{};
  std::optional<SpanId> parent;  // nullopt: the trace begins here
  std::string name;
  WallTime start;
  std::chrono::nanoseconds took{};
  bool failed = false;  // by our fault
  std::vector<std::pair<std::string, std::variant<std::int64_t, std::string>>> attributes;

  Span* next_arrived = nullptr;  // base/arrivals.h
};

}  // namespace credence::trace
