// OtherNames counts predictions once more, under the names and labels that dashboards made for
// TensorFlow Serving and for Triton read. Both count in microseconds.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "metrics/metrics.h"
#include "predictor/predictor.h"

namespace credence::api {

// Whose names are counted under.
struct OtherNames {
  bool tensorflow = false;
  bool triton = false;
};

// What others than Credence's own dashboards are shown.
struct OtherMetrics {
  OtherNames names;
  std::string path = {};  // where metrics are besides their own paths; empty: nowhere
};

// A request that asked for a prediction, and its answer.
struct Counting {
  std::size_t pictures;
  std::chrono::nanoseconds took;
  const metrics::PhaseTimes& phases;
};

// The handles of one route, version and status; of no names: it counts nothing.
// Threads: a plain value; the handles are thread-safe.
class OtherCounters {
 public:
  OtherCounters() = default;
  // `status`: the one that HTTP answers with. `metrics` outlives it.
  OtherCounters(const OtherNames& names, std::string_view route,
                const predictor::Predictor& predictor, int status, metrics::Metrics& metrics);

  void Count(const Counting& counting) const;

 private:
  struct TensorFlow {
    prometheus::Counter* requests = nullptr;
    prometheus::Counter* examples = nullptr;   // null for a failure, as what follows
    prometheus::Histogram* latency = nullptr;  // of the whole request
    prometheus::Histogram* runtime = nullptr;  // of the model
  };
  struct Triton {
    prometheus::Counter* requests = nullptr;  // that succeeded, or that failed
    prometheus::Counter* pictures = nullptr;  // null for a failure, as what follows
    prometheus::Counter* duration = nullptr;
    std::array<prometheus::Counter*, 4> parts{};  // queue, input, infer, output
  };
  static TensorFlow MakeTensorFlow(std::string_view route, const predictor::Predictor& predictor,
                                   int status, metrics::Metrics& metrics);
  static Triton MakeTriton(const predictor::Predictor& predictor, int status,
                           metrics::Metrics& metrics);

  TensorFlow tensorflow_;
  Triton triton_;
};

// What is not counted by request but read from Credence's own metrics when they are asked for.
void AddOtherGauges(const OtherNames& names, metrics::Metrics& metrics);

}  // namespace credence::api
