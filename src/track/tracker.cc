#include "track/tracker.h"

#include <utility>

#include "track/send.h"

namespace credence::track {
namespace {

constexpr HttpOptions kWhileTraining = {.connect_timeout = std::chrono::seconds(2),
                                        .timeout = std::chrono::seconds(3)};

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
  if (run_ && !server_failed_) Send(kWhileTraining);
}

void Tracker::Finish(Status status) {
  if (run_) Note(run_->Finish(status));
  if (run_) Send({});
}

void Tracker::Send(const HttpOptions& options) {
  const auto sent = SendRun(run_->folder(), options_.url, options);
  if (sent) {
    server_failed_ = false;
    for (const std::string& passed : sent->passed) options_.warn("not sent: " + passed);
  } else if (!std::exchange(server_failed_, true)) {
    options_.warn("the tracking server does not take this run: " + sent.error().message +
                  "; it is kept in " + run_->folder().string() +
                  ", send it later with `credence "
                  "track push " +
                  run_->folder().string() + " --mlflow " + options_.url + "`");
  }
}

}  // namespace credence::track
