// Tracker is what a trainer talks to. It records the run on disk and tells a tracking server when
// it can.
//
// Nothing here fails or stops the caller; trouble is told by `warn`. A server that fails is left
// alone until Finish, which tries once more; what it has not been told by then stays on disk for
// `credence track push`. After trouble with the disk nothing more is recorded.
// Time:    Flush waits for the server, 10 s a request at most, and not again after a failure.
// Threads: thread-compatible.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "fetch/http.h"
#include "track/run.h"

namespace credence::track {

struct TrackerOptions {
  std::string url;              // of the server; empty: nothing is recorded
  std::filesystem::path spool;  // folder of runs
  std::string experiment;
  std::string name;     // of the run
  bool resume = false;  // go on with the experiment's run that has not ended, where there is one
  std::function<void(const std::string&)> warn = {};
};

class Tracker {
 public:
  // `clock` must outlive it.
  Tracker(TrackerOptions options, const Clock& clock);

  void Param(std::string_view key, std::string_view value);
  void Tag(std::string_view key, std::string_view value);
  void Metric(std::string_view key, double value, std::int64_t step);
  void Artifact(const std::filesystem::path& path, const std::string& name);
  // Tells the server what it does not know yet.
  void Flush();
  void Finish(Status status);

 private:
  Result<void> Send(const fetch::HttpOptions& options);
  void Note(const Result<void>& recorded);

  TrackerOptions options_;
  std::optional<Run> run_;  // nullopt: nothing is recorded (any more)
  bool server_failed_ = false;
};

}  // namespace credence::track
