#include "track/run.h"

#include <algorithm>
#include <cstdio>
#include <random>
#include <system_error>

#include "base/time_text.h"

namespace credence::track {
namespace {

namespace fs = std::filesystem;

std::int64_t Milliseconds(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.Wall().time_since_epoch())
      .count();
}

// "20261122T231500Z-1f3a9c04d2b7e85a": sorts by time; the second half tells runs apart.
std::string FolderName(const Clock& clock) {
  std::random_device random;
  char text[20];
  std::snprintf(text, sizeof text, "-%08x%08x", random(), random());
  return FileTime(clock.Wall()) + text;
}

Error CannotWrite(const fs::path& path, const std::string& reason) {
  return {Code::kUnavailable, "cannot write " + path.string() + ": " + reason};
}

}  // namespace

Result<Run> Run::Create(const fs::path& spool, const std::string& experiment,
                        const std::string& name, const Clock& clock) {
  Run run(spool / FolderName(clock), clock);
  std::error_code error;
  fs::create_directories(run.folder_, error);
  if (error) return CannotWrite(run.folder_, error.message());
  run.log_.open(run.folder_ / "events.jsonl", std::ios::binary | std::ios::app);
  const auto started = run.Write({.kind = EventKind::kStart, .key = experiment, .value = name});
  if (!started) return started.error();
  return run;
}

Result<Run> Run::Open(const fs::path& folder, const Clock& clock) {
  const auto log = ReadEvents(folder);
  if (!log) return log.error();
  Run run(folder, clock);
  const fs::path file = folder / "events.jsonl";
  std::error_code error;
  fs::resize_file(file, log->bytes, error);
  if (error) return CannotWrite(file, error.message());
  run.log_.open(file, std::ios::binary | std::ios::app);
  for (const Event& event : log->events) {
    if (event.kind == EventKind::kParam) run.params_.insert(event.key);
    if (event.kind == EventKind::kMetric) {
      run.metrics_.emplace(event.key, event.step, event.number);
    }
  }
  return run;
}

Result<void> Run::Write(Event event) {
  event.time_ms = Milliseconds(*clock_);
  log_ << Encode(event) << std::flush;
  if (log_) return {};
  return CannotWrite(folder_ / "events.jsonl", "disk full?");
}

Result<void> Run::Param(std::string_view key, std::string_view value) {
  if (!params_.emplace(key).second) return {};
  return Write({.kind = EventKind::kParam, .key = std::string(key), .value = std::string(value)});
}

Result<void> Run::Tag(std::string_view key, std::string_view value) {
  return Write({.kind = EventKind::kTag, .key = std::string(key), .value = std::string(value)});
}

Result<void> Run::Metric(std::string_view key, double value, std::int64_t step) {
  if (!metrics_.emplace(key, step, value).second) return {};
  return Write(
      {.kind = EventKind::kMetric, .key = std::string(key), .number = value, .step = step});
}

Result<void> Run::Artifact(const fs::path& path, const std::string& name) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return KeepFile(path, name);
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  if (error) return Error{Code::kUnavailable, path.string() + ": " + error.message()};
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const std::string below = file.lexically_relative(path).generic_string();
    if (auto kept = KeepFile(file, name.empty() ? below : name + "/" + below); !kept) return kept;
  }
  return {};
}

Result<void> Run::KeepFile(const fs::path& from, const std::string& name) {
  const fs::path kept = folder_ / "artifacts" / name;
  std::error_code error;
  fs::create_directories(kept.parent_path(), error);
  fs::remove(kept, error);
  fs::create_hard_link(from, kept, error);
  if (error) fs::copy_file(from, kept, fs::copy_options::overwrite_existing, error);
  if (error) return CannotWrite(kept, error.message());
  return Write({.kind = EventKind::kArtifact, .key = name});
}

Result<void> Run::Finish(Status status) {
  const char* const name = status == Status::kFinished ? "FINISHED"
                           : status == Status::kFailed ? "FAILED"
                                                       : "KILLED";
  return Write({.kind = EventKind::kFinish, .value = name});
}

Result<std::vector<fs::path>> FindRuns(const fs::path& path) {
  std::error_code error;
  const auto is_run = [&](const fs::path& folder) {
    return fs::is_regular_file(folder / "events.jsonl", error);
  };
  if (is_run(path)) return std::vector<fs::path>{path};
  std::vector<fs::path> runs;
  for (const fs::path& spool : {path, path / ".track"}) {
    for (const auto& entry : fs::directory_iterator(spool, error)) {
      if (is_run(entry.path())) runs.push_back(entry.path());
    }
  }
  std::sort(runs.begin(), runs.end());
  if (!runs.empty()) return runs;
  return Error{Code::kNotFound,
               path.string() +
                   " holds no training run; looked for events.jsonl in it, in its folders and in "
                   "those of its .track (written by `credence train --mlflow`)"};
}

fs::path FindUnfinished(const fs::path& spool, const std::string& experiment) {
  const auto runs = FindRuns(spool);
  if (!runs) return {};
  for (auto run = runs->rbegin(); run != runs->rend(); ++run) {
    const auto log = ReadEvents(*run);
    if (!log || log->events.empty() || log->events.front().key != experiment) continue;
    const bool ended = std::any_of(log->events.begin(), log->events.end(), [](const Event& event) {
      return event.kind == EventKind::kFinish;
    });
    return ended ? fs::path() : *run;
  }
  return {};
}

}  // namespace credence::track
