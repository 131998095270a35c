// Run is the record of one training run on disk. It is kept whether or not there is a tracking
// server to send it to. SPOOL/TIME-ID/ holds
//
//   events.jsonl  a line an event (track/event.h); lines are appended, never changed
//   artifacts/…   files as they were when they were given, hard links where the disk allows
//   sent.json     how much of it a server has (track/send.h)
//
// Threads: thread-compatible.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "track/event.h"

namespace credence::track {

// As MLflow names them.
enum class Status { kFinished, kFailed, kKilled };

class Run {
 public:
  // A new run of `experiment` in a folder of its own below `spool`, which is made. `clock` must
  // outlive it. Errors: kUnavailable - the disk.
  static Result<Run> Create(const std::filesystem::path& spool, const std::string& experiment,
                            const std::string& name, const Clock& clock);
  // Continues the run in `folder`. Cuts off an incomplete last line that a crash left.
  // Errors: kUnavailable - the disk; those of ReadEvents.
  static Result<Run> Open(const std::filesystem::path& folder, const Clock& clock);

  // Errors of all: kUnavailable - the disk. Repeats, as of a resumed training, are ignored: a
  // parameter that already has a value, and the same value of a metric at the same step.
  Result<void> Param(std::string_view key, std::string_view value);
  Result<void> Tag(std::string_view key, std::string_view value);
  Result<void> Metric(std::string_view key, double value, std::int64_t step);
  // One file, or a folder with all below it, to be known as `name`.
  Result<void> Artifact(const std::filesystem::path& path, const std::string& name);
  Result<void> Finish(Status status);

  const std::filesystem::path& folder() const { return folder_; }

 private:
  Run(std::filesystem::path folder, const Clock& clock)
      : folder_(std::move(folder)), clock_(&clock) {}
  Result<void> Write(Event event);
  Result<void> KeepFile(const std::filesystem::path& from, const std::string& name);

  std::filesystem::path folder_;
  const Clock* clock_;
  std::ofstream log_;
  std::set<std::string> params_;
  std::set<std::tuple<std::string, std::int64_t, double>> metrics_;
};

// The runs below `path`, oldest first: `path` itself, those in it, or those in its folder .track
// (a repository that was trained into). Errors: kNotFound - there is none.
Result<std::vector<std::filesystem::path>> FindRuns(const std::filesystem::path& path);

// The newest run in `spool` of that experiment that has not ended; empty: there is none.
std::filesystem::path FindUnfinished(const std::filesystem::path& spool,
                                     const std::string& experiment);

}  // namespace credence::track
