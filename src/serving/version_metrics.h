// VersionMetrics names what is counted of one version, and has the handles.
// Threads: a plain value; the handles are thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "metrics/metrics.h"
#include "predictor/predictor.h"
#include "reliability/verdict.h"

namespace credence::serving {

// Of the drift detector; null for a version without a profile.
struct DriftMetrics {
  prometheus::Gauge* log_evidence = nullptr;
  prometheus::Gauge* drifting = nullptr;
  prometheus::Counter* alarms = nullptr;
};

inline constexpr std::size_t kVerdicts =
    static_cast<std::size_t>(reliability::Verdict::kUnassessed) + 1;  // the last one

// A model with more classes has no counter a class: each is a time series of every server.
inline constexpr std::size_t kCountedClassesMax = 100;

struct VersionMetrics {
  std::array<prometheus::Histogram*, metrics::kPhases> phases{};
  prometheus::Histogram* batch_size = nullptr;
  std::array<prometheus::Counter*, kVerdicts> verdicts{};
  std::vector<prometheus::Counter*> classes;  // one a class, or empty
  prometheus::Gauge* load_seconds = nullptr;
  prometheus::Counter* unobserved = nullptr;
  DriftMetrics drift;
};

// The same handles for the same predictor's name and version. `metrics` must outlive them.
VersionMetrics MakeVersionMetrics(const predictor::Predictor& predictor, metrics::Metrics& metrics);

}  // namespace credence::serving
