// Spans as OTLP's protobuf messages, and the collector's answer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trace/span.h"

namespace credence::trace {

// Who exports.
struct Resource {
  std::string service = "credence";
  std::string version;   // of the program
  std::string instance;  // tells servers of one service apart
};

// The body of a POST to /v1/traces.
std::string EncodeSpans(const Resource& resource, const std::vector<std::unique_ptr<Span>>& spans);

// What a collector that answered 200 did not take.
struct Rejected {
  std::uint64_t spans = 0;
  std::string reason;
};
// A body that is no such message says nothing: all was taken.
Rejected ReadRejected(std::string_view body);

}  // namespace credence::trace
