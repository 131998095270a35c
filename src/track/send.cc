#include "track/send.h"

#include <sstream>

#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "base/read_file.h"
#include "base/write_file.h"
#include "track/event.h"
#include "track/mlflow.h"

namespace credence::track {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

constexpr std::uintmax_t kSentBytesMax = 1 << 20;  // of sent.json

struct Progress {
  std::string url = {};
  RemoteRun run = {};
  std::size_t events = 0;  // from the front of events.jsonl
};

// What was told to the server that sent.json calls `url`; nothing where sent.json is missing,
// unreadable or about another server.
Progress ReadProgress(const fs::path& run, const std::string& url) {
  const auto text = ReadTextFile(run / "sent.json", kSentBytesMax);
  const OrderedJson json =
      OrderedJson::parse(text ? Shallow(*text) : std::string_view(), nullptr, false);
  const bool known = json.is_object() && json.value("url", OrderedJson()) == url &&
                     json.value("run_id", OrderedJson()).is_string() &&
                     json.value("artifact_uri", OrderedJson()).is_string() &&
                     json.value("events", OrderedJson()).is_number_unsigned();
  if (!known) return {.url = url};
  return {.url = url,
          .run = {json["run_id"], json["artifact_uri"]},
          .events = json["events"].get<std::size_t>()};
}

Result<void> WriteProgress(const fs::path& run, const Progress& progress) {
  const OrderedJson json = {{"url", progress.url},
                            {"run_id", progress.run.id},
                            {"artifact_uri", progress.run.artifacts},
                            {"events", progress.events}};
  return WriteAtomically(run / "sent.json", json.dump() + "\n");
}

bool IsBatched(const Event& event) {
  return event.kind == EventKind::kParam || event.kind == EventKind::kMetric ||
         event.kind == EventKind::kTag;
}

// The next events that go in one request: a batch, or one of another kind.
std::span<const Event> NextStep(std::span<const Event> left) {
  std::size_t count = 0;
  while (count < left.size() && count < Mlflow::kBatchMax && IsBatched(left[count])) ++count;
  return left.first(std::max<std::size_t>(count, 1));
}

Result<RemoteRun> StartRun(const fs::path& folder, const Event& start, Mlflow& server) {
  const auto experiment = server.Experiment(start.key);
  if (!experiment) return experiment.error();
  return server.FindOrCreateRun({.experiment_id = *experiment,
                                 .name = start.value,
                                 .key = fs::absolute(folder).filename().string(),
                                 .start_time_ms = start.time_ms});
}

Result<void> SendStep(const fs::path& folder, std::span<const Event> step, const RemoteRun& run,
                      Mlflow& server) {
  const Event& first = step.front();
  switch (first.kind) {
    case EventKind::kStart:
      return {};
    case EventKind::kParam:
    case EventKind::kTag:
    case EventKind::kMetric:
      return server.LogBatch(run.id, step);
    case EventKind::kArtifact:
      return server.PutArtifact(run, folder / "artifacts" / first.key, first.key);
    case EventKind::kFinish:
      return server.Finish(run.id, first.value, first.time_ms);
  }
  return {};
}

}  // namespace

Result<Sent> SendRun(const fs::path& folder, const std::string& url,
                     const fetch::HttpOptions& options) {
  const auto log = ReadEvents(folder);
  if (!log) return log.error();
  const std::span<const Event> events = log->events;
  if (events.empty() || events.front().kind != EventKind::kStart) {
    return Error{Code::kDataLoss, folder.string() + ": the record does not begin with its start"};
  }
  Mlflow server(url, options);
  // A password stays out of the file; two users of one server are the same server.
  Progress progress = ReadProgress(folder, fetch::WithoutCredentials(url));
  if (progress.run.id.empty()) {
    auto run = StartRun(folder, events.front(), server);
    if (!run) return run.error();
    progress.run = *std::move(run);
  }
  Sent sent{.run_id = progress.run.id, .events = 0, .passed = {}};
  while (progress.events < events.size()) {
    const std::span<const Event> step = NextStep(events.subspan(progress.events));
    const Result<void> done = SendStep(folder, step, progress.run, server);
    if (!done && done.error().code != Code::kUnimplemented) return done.error();
    if (!done) sent.passed.push_back(step.front().key + ": " + done.error().message);
    progress.events += step.size();
    sent.events += step.size();
    if (const auto kept = WriteProgress(folder, progress); !kept) return kept.error();
  }
  return sent;
}

}  // namespace credence::track
