// Tracer makes a span of each sampled request, for an Exporter.
//
// Which: a request with a valid `traceparent` as its caller decided (the flag "sampled"), so that a
// trace is whole; of the others a share, by chance. What the transport refuses has no span.
// Threads: thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "api/exchange.h"
#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "trace/exporter.h"
#include "trace/traceparent.h"

namespace credence::trace {

struct TracerOptions {
  double share = 0;  // 0..1 of the requests that no caller has decided about
  ExporterOptions exporter;
};

class Tracer final : public api::RequestSink {
 public:
  // The references outlive it. Throws as Exporter does.
  Tracer(TracerOptions options, metrics::Metrics& metrics, const Clock& clock, Log& log);

  void OnFinished(const api::Finished& finished) noexcept override;
  // Exporter::End; what is finished later has no span.
  void End() { exporter_.End(); }

 private:
  std::unique_ptr<Span> MakeSpan(const api::Finished& finished, const std::optional<Parent>& parent,
                                 std::uint64_t number) const;

  const double share_;
  const Clock& clock_;
  const std::uint64_t seed_;
  std::atomic<std::uint64_t> next_ = 0;
  Exporter exporter_;
};

}  // namespace credence::trace
