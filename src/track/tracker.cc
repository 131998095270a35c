#include "track/tracker.h"

#include <utility>

#include "track/send.h"

namespace credence::track {
namespace {

constexpr fetch::HttpOptions kWhileTraining = {.connect_timeout = std::chrono::seconds(3),
                                               .timeout = std::chrono::seconds(10)};

Result<Run> CreateOrResume(const TrackerOptions& options, const Clock& clock) {
  if (options.resume) {
    const auto folder = FindUnfinished(options.spool, options.experiment);
    if (!folder.empty()) return Run::Open(folder, clock);
  }
  return Run::Create(options.spool, options.experiment, options.name, clock);
}

}  // namespace

Tracker::Tracker(TrackerOptions options, const Clock& clock) : options_(std::move(options)) {
  if (options_.url.empty()) return;
  auto run = CreateOrResume(options_, clock);
  if (run) {
    run_ = *std::move(run);
  } else {
    Note(run.error());
  }
}

void Tracker::Note(const Result<void>& recorded) {
  if (recorded) return;
  options_.warn("this run is not recorded any more: " + recorded.error().message);
  run_.reset();
}

void Tracker::Param(std::string_view key, std::string_view value) {
  if (run_) Note(run_->Param(key, value));
}

void Tracker::Tag(std::string_view key, std::string_view value) {
  if (run_) Note(run_->Tag(key, value));
}

void Tracker::Metric(std::string_view key, double value, std::int64_t step) {
  if (run_) Note(run_->Metric(key, value, step));
}

void Tracker::Artifact(const std::filesystem::path& path, const std::string& name) {
  if (run_) Note(run_->Artifact(path, name));
}

void Tracker::Flush() {
  if (!run_ || server_failed_) return;
  if (const auto sent = Send(kWhileTraining); !sent) {
    server_failed_ = true;
    options_.warn("tracking server: " + sent.error().message +
                  "; training goes on, the run is kept in " + run_->folder().string() +
                  " and sent at the end");
  }
}

void Tracker::Finish(Status status) {
  if (run_) Note(run_->Finish(status));
  if (!run_) return;
  if (const auto sent = Send({}); !sent) {
    options_.warn("tracking server: " + sent.error().message + "; send the run later: credence " +
                  "track push " + run_->folder().string() + " --mlflow " +
                  fetch::WithoutCredentials(options_.url));
  } else if (server_failed_) {
    options_.warn("tracking server: it has the whole run now");
  }
}

Result<void> Tracker::Send(const fetch::HttpOptions& options) {
  const auto sent = SendRun(run_->folder(), options_.url, options);
  if (!sent) return sent.error();
  for (const std::string& passed : sent->passed) options_.warn("not sent: " + passed);
  return {};
}

}  // namespace credence::track
