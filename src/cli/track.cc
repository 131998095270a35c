#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/json_depth.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "track/run.h"
#include "track/send.h"

namespace credence::cli {
namespace {

namespace fs = std::filesystem;

struct TrackFlags {
  std::string folder = ".", url;
  std::vector<std::string> metrics, artifacts;
};

Result<void> Push(const fs::path& run, const std::string& url) {
  const auto sent = track::SendRun(run, url, {});
  if (!sent) return Annotate(sent.error(), run.string());
  for (const std::string& passed : sent->passed) {
    std::fprintf(stderr, "credence: not sent: %s\n", passed.c_str());
  }
  std::printf("%s: run %s, %zu events sent\n", run.c_str(), sent->run_id.c_str(), sent->events);
  return {};
}

int PushAll(const TrackFlags& flags) {
  const auto runs = track::FindRuns(flags.folder);
  if (!runs) return Fail(runs.error());
  int status = 0;
  for (const fs::path& run : *runs) {
    const auto pushed = Push(run, flags.url);
    if (pushed) continue;
    status = Fail(pushed.error());
    if (pushed.error().code == Code::kUnavailable) break;  // the others would wait as long
  }
  return status;
}

// Every number of a JSON file as a metric, named by its path: "card.accuracy.value".
Result<void> LogMetrics(const fs::path& file, track::Run& run) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return Error{Code::kUnavailable, file.string() + " cannot be read: " + std::strerror(errno)};
  }
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto json = nlohmann::json::parse(Shallow(text), nullptr, false);
  if (!json.is_object()) {
    return Error{Code::kInvalidArgument, file.string() + ": not a JSON object"};
  }
  const auto flat = json.flatten();
  for (const auto& [path, value] : flat.items()) {
    if (!value.is_number()) continue;
    std::string key = path.substr(1);
    std::replace(key.begin(), key.end(), '/', '.');
    if (auto told = run.Metric(key, value.get<double>(), 0); !told) return told;
  }
  return {};
}

Result<void> Log(const TrackFlags& flags) {
  const auto runs = track::FindRuns(flags.folder);
  if (!runs) return runs.error();
  const SystemClock clock;
  auto run = track::Run::Open(runs->back(), clock);
  if (!run) return run.error();
  for (const std::string& file : flags.metrics) {
    if (auto told = LogMetrics(file, *run); !told) return told;
  }
  for (const std::string& file : flags.artifacts) {
    const fs::path name = fs::absolute(file).lexically_normal().filename();
    if (auto told = run->Artifact(file, name.string()); !told) return told;
  }
  if (!flags.url.empty()) return Push(run->folder(), flags.url);
  std::printf("%s: kept, not sent (no --mlflow)\n", run->folder().c_str());
  return {};
}

void AddFolder(CLI::App& verb, TrackFlags& flags) {
  verb.add_option("folder", flags.folder,
                  "A repository that was trained into (--out), or the folder of a run")
      ->capture_default_str();
}

CLI::Option* AddServer(CLI::App& verb, TrackFlags& flags) {
  return verb.add_option("--mlflow", flags.url, "The tracking server, http://… or https://…")
      ->envname("MLFLOW_TRACKING_URI");
}

cli::Run AddPush(CLI::App& track) {
  auto flags = std::make_shared<TrackFlags>();
  CLI::App* verb =
      track.add_subcommand("push",
                           "Sends what training has recorded and a tracking server has not been "
                           "told. Sent twice counts\n"
                           "once; a transfer that broke off goes on where it ended.\n"
                           "  credence track push models --mlflow http://localhost:5000");
  AddFolder(*verb, *flags);
  AddServer(*verb, *flags)->required();
  return [flags] { return PushAll(*flags); };
}

cli::Run AddLog(CLI::App& track) {
  auto flags = std::make_shared<TrackFlags>();
  CLI::App* verb = track.add_subcommand(
      "log",
      "Adds metrics and files to the newest run: the report card, after calibration.\n"
      "  credence evaluate --model models/digits --data mnist --rows 1::2 --json > report.json\n"
      "  credence track log models --metrics report.json --mlflow http://localhost:5000");
  AddFolder(*verb, *flags);
  verb->add_option("--metrics", flags->metrics, "JSON file; each number in it becomes a metric");
  verb->add_option("--artifact", flags->artifacts, "File or folder to keep with the run");
  AddServer(*verb, *flags);
  return [flags] {
    const auto done = Log(*flags);
    return done ? 0 : Fail(done.error());
  };
}

}  // namespace

Run AddTrack(CLI::App& app) {
  CLI::App* verb = app.add_subcommand(
      "track",
      "Training runs and MLflow's tracking server: push, log. Each has its own --help.\n"
      "  credence track push models --mlflow http://localhost:5000");
  verb->require_subcommand(1);
  const auto push = AddPush(*verb), log = AddLog(*verb);
  return [verb, push, log] { return verb->got_subcommand("push") ? push() : log(); };
}

}  // namespace credence::cli
