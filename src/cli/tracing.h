// The options of `credence serve` that are about traces.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "trace/tracer.h"

namespace CLI {
class App;
}

namespace credence::cli {

struct TraceFlags {
  std::string endpoint;  // empty: no traces
  double share = 0.01;
};

void AddTraceFlags(CLI::App& verb, TraceFlags& flags);

// nullptr: there are to be no traces. The references outlive it.
std::unique_ptr<trace::Tracer> StartTracer(const TraceFlags& flags, metrics::Metrics& metrics,
                                           const Clock& clock, Log& log);

}  // namespace credence::cli
