#include "trace/otlp.h"

#include <algorithm>

#include "trace/otlp.pb.h"

namespace credence::trace {
namespace {

void Add(otlp::KeyValue& pair, const std::string& key, const std::string& value) {
  pair.set_key(key);
  pair.mutable_value()->set_string_value(value);
}

template <class Bytes>
std::string Text(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

std::uint64_t Nanoseconds(WallTime time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

void Fill(const Span& span, otlp::Span& out) {
  // Bits 8 and 9: whether the parent is another process's, and that this is known.
  constexpr std::uint32_t kSampled = 1, kHasRemote = 1 << 8, kRemote = 1 << 9;
  out.set_trace_id(Text(span.trace));
  out.set_span_id(Text(span.id));
  if (span.parent) out.set_parent_span_id(Text(*span.parent));
  out.set_flags(kSampled | kHasRemote | (span.parent ? kRemote : 0));
  out.set_name(span.name);
  out.set_kind(otlp::Span::SERVER);
  out.set_start_time_unix_nano(Nanoseconds(span.start));
  out.set_end_time_unix_nano(Nanoseconds(span.start) +
                             static_cast<std::uint64_t>(span.took.count()));
  if (span.failed) out.mutable_status()->set_code(otlp::Span::Status::ERROR);
  for (const auto& [key, value] : span.attributes) {
    otlp::KeyValue& pair = *out.add_attributes();
    pair.set_key(key);
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      pair.mutable_value()->set_int_value(*number);
    } else {
      pair.mutable_value()->set_string_value(std::get<std::string>(value));
    }
  }
}

}  // namespace

std::string EncodeSpans(const Resource& resource, const std::vector<std::unique_ptr<Span>>& spans) {
  otlp::ExportTraceServiceRequest request;
  otlp::ResourceSpans& ours = *request.add_resource_spans();
  Add(*ours.mutable_resource()->add_attributes(), "service.name", resource.service);
  Add(*ours.mutable_resource()->add_attributes(), "service.version", resource.version);
  Add(*ours.mutable_resource()->add_attributes(), "service.instance.id", resource.instance);
  otlp::ScopeSpans& scope = *ours.add_scope_spans();
  scope.mutable_scope()->set_name("credence");
  scope.mutable_scope()->set_version(resource.version);
  for (const auto& span : spans) Fill(*span, *scope.add_spans());
  return request.SerializeAsString();
}

Rejected ReadRejected(std::string_view body) {
  otlp::ExportTraceServiceResponse response;
  if (!response.ParseFromArray(body.data(), static_cast<int>(body.size()))) return {};
  const auto& partial = response.partial_success();
  return {.spans = static_cast<std::uint64_t>(std::max<std::int64_t>(partial.rejected_spans(), 0)),
          .reason = partial.error_message()};
}

}  // namespace credence::trace
