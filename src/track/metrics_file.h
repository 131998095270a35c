// MetricsFile shows a training run to Prometheus while it runs: a file in its text format, for the
// textfile collector of node_exporter. The file is always whole, and stays when the run is over.
//
// Threads: thread-compatible.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace credence::track {

class MetricsFile {
 public:
  // `path`: empty: nothing is written. Node_exporter takes files whose names end with ".prom".
  // `predictor`, `recipe`: labels of every value. `clock` must outlive it.
  MetricsFile(std::filesystem::path path, std::string predictor, std::string recipe,
              const Clock& clock);

  // Sets credence_training_NAME. Values that are not set do not appear.
  void Set(std::string_view name, double value);
  // credence_training_NAME{split="train"}, say.
  void Set(std::string_view name, std::string_view split, double value);

  // Writes what is set, with credence_training_updated_timestamp_seconds.
  // Errors: kUnavailable - the file cannot be written.
  Result<void> Write();

 private:
  const std::filesystem::path path_;
  const std::string predictor_, recipe_;
  const Clock& clock_;
  std::map<std::string, std::map<std::string, double>, std::less<>> values_;  // name, split
};

}  // namespace credence::track
