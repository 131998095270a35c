// Tracker records a training run on disk and sends it to a tracking server when it can.
//
// Nothing here fails or stops the caller; `warn` reports trouble. After a failure of the server
// nothing is sent until Finish, which tries once more; what is still missing then stays on disk,
// for `credence track push`. After a failure of the disk nothing more is recorded.
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
  bool resume = false;  // continue the experiment's unfinished run, if there is one
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
  // Sends the server what it does not have yet.
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
