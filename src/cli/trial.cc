#include "cli/trial.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/child.h"
#include "base/clock.h"
#include "cli/numbers.h"
#include "model/openvino/engine.h"
#include "predictor/profile_file.h"
#include "serving/repository.h"

namespace credence::cli {
namespace {

constexpr std::size_t kPassedMax = 10'000;  // more are forgotten, and tried again
constexpr std::uintmax_t kInFullBytesMax = 32 << 20;
constexpr std::uint64_t kBytesMaxLeast = std::uint64_t{2} << 30;
constexpr std::uint64_t kBytesMaxTimes = 12;  // the model's files
constexpr int kWantsMemory = 3;               // exit status of the child
constexpr std::string_view kStage = "stage: ";

std::uintmax_t BytesOf(const serving::VersionFiles& files) {
  return std::accumulate(files.stamps.begin(), files.stamps.end(), std::uintmax_t{0},
                         [](auto sum, const auto& one) { return sum + one.bytes; });
}

std::string KeyOf(const predictor::VersionPlace& place, const serving::VersionFiles& files) {
  std::string key = place.path.string();
  for (const serving::FileStamp& one : files.stamps) {
    key +=
        '\n' + one.name + ' ' + std::to_string(one.bytes) + ' ' + std::to_string(one.modified_ns);
  }
  return key + '\n' + std::to_string(files.changed.time_since_epoch().count());
}

// The command line of AddTryLoad.
std::vector<std::string> CommandFor(const predictor::VersionPlace& place, const ModelFlags& flags,
                                    std::uint64_t bytes_max, std::chrono::seconds time_max,
                                    bool in_full) {
  std::vector<std::string> command = {"/proc/self/exe",
                                      "try-load",
                                      "--parent=" + std::to_string(getpid()),
                                      "--bytes-max=" + std::to_string(bytes_max),
                                      "--seconds-max=" + std::to_string(time_max.count()),
                                      "--samples=" + std::to_string(flags.samples),
                                      "--pixels-max=" + std::to_string(flags.pixels_max),
                                      "--side-max=" + std::to_string(flags.side_max)};
  const std::pair<const char*, const std::string&> texts[] = {
      {"--input-range=", flags.input_range},
      {"--framing=", flags.framing},
      {"--fit=", flags.fit},
      {"--background=", flags.background},
      {"--labels=", flags.labels},
      {"--input-size=", flags.input_size},
      {"--channel-order=", flags.channel_order},
      {"--scores=", flags.scores},
      {"--signature=", flags.signature}};
  for (const auto& [name, value] : texts) {
    if (!value.empty()) command.push_back(name + value);
  }
  if (flags.bf16) command.push_back("--bf16");
  if (flags.allow_unassessed) command.push_back("--allow-unassessed");
  if (in_full) command.push_back("--in-full");
  command.push_back("--");
  command.push_back(place.path.string());
  return command;
}

// "reading the model": the last that the child said it began.
std::string StageOf(const ChildEnd& end) {
  const std::size_t last = end.output.rfind(kStage);
  if (last == std::string::npos) return "starting";
  const std::size_t begin = last + kStage.size();
  return end.output.substr(begin, end.output.find('\n', begin) - begin);
}

Result<void> Judge(const ChildEnd& end, const std::string& path, std::chrono::seconds time_max,
                   std::uint64_t bytes_max) {
  switch (end.kind) {
    case ChildEnd::Kind::kExited:
      if (end.value == 0) return {};
      if (end.value != kWantsMemory) {
        return Error{Code::kDataLoss, path + ": the engine ended the process, status " +
                                          std::to_string(end.value) + ", while " + StageOf(end)};
      }
      return Error{Code::kTooLarge, path + ": " + StageOf(end) + " needs more than " +
                                        std::to_string(bytes_max >> 20) +
                                        " MiB (--load-memory-max)"};
    case ChildEnd::Kind::kTimedOut:
      return Error{Code::kDataLoss, path + ": " + StageOf(end) + " did not end in " +
                                        std::to_string(time_max.count()) +
                                        " s (--load-deadline-s)"};
    case ChildEnd::Kind::kStopped:
      return Error{Code::kUnavailable, "the server is stopping"};
    case ChildEnd::Kind::kSignalled:
      break;
  }
  if (end.value == SIGKILL) {
    return Error{Code::kUnavailable,
                 path + ": the process that tried it was killed while " + StageOf(end) +
                     ", as the kernel does when memory is short; reload it when there is more"};
  }
  if (end.value == SIGXCPU) {
    return Error{Code::kDataLoss, path + ": " + StageOf(end) + " took more than " +
                                      std::to_string(time_max.count()) +
                                      " s of a processor (--load-deadline-s)"};
  }
  return Error{Code::kDataLoss, path + ": the engine crashed on it: signal " +
                                    std::to_string(end.value) + " (" + strsignal(end.value) +
                                    ") while " + StageOf(end) + "; the model is damaged"};
}

}  // namespace

Result<void> Trial::operator()(const predictor::VersionPlace& place, const std::stop_token& stop) {
  const serving::VersionFiles files = serving::ListFiles(place.path);
  const std::string key = KeyOf(place, files);
  {
    auto passed = passed_.lock();
    if (passed->contains(key)) return {};
  }
  const auto profile = predictor::ReadProfile(place.path);
  if (profile && *profile) return {};
  const std::uintmax_t bytes = BytesOf(files);
  const std::uint64_t bytes_max =
      limits_.bytes_max > 0 ? limits_.bytes_max : kBytesMaxLeast + kBytesMaxTimes * bytes;
  const auto end =
      RunChild(CommandFor(place, flags_, bytes_max, limits_.time_max, bytes <= kInFullBytesMax),
               limits_.time_max, stop);
  if (!end) return Annotate(end.error(), "cannot try the version in a process of its own");
  auto judged = Judge(*end, place.path.string(), limits_.time_max, bytes_max);
  if (!judged) return judged;
  auto passed = passed_.lock();
  if (passed->size() >= kPassedMax) passed->clear();
  passed->insert(key);
  return {};
}

namespace {

struct TryFlags {
  std::string path;
  int parent = 0;
  ModelFlags model;
  std::uint64_t bytes_max = 0;
  rlim_t seconds_max = 0;
  bool in_full = false;
};

void TellStage(std::string_view stage) {
  std::printf("%s%.*s\n", kStage.data(), static_cast<int>(stage.size()), stage.data());
  std::fflush(stdout);
}

// A sanitizer's own memory does not fit into any limit.
bool LimitMemory(std::uint64_t bytes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static_cast<void>(bytes);
  return true;
#else
  const rlimit limit = {bytes, bytes};
  return setrlimit(RLIMIT_DATA, &limit) == 0;
#endif
}

// When the machine runs out of memory, this process is the one to go.
void OfferToTheKernel() { std::ofstream("/proc/self/oom_score_adj") << 1000; }

int StatusOf(const Error& error) {
  return error.code == Code::kResourceExhausted ? kWantsMemory : 0;
}

int TryLoad(const TryFlags& flags) {
  const rlimit no_core = {0, 0}, seconds = {flags.seconds_max, flags.seconds_max};
  if (!EndWithParent(flags.parent) || !LimitMemory(flags.bytes_max) ||
      setrlimit(RLIMIT_CORE, &no_core) != 0 || setrlimit(RLIMIT_CPU, &seconds) != 0) {
    return 1;
  }
  OfferToTheKernel();
  auto options = ToLoadOptions(flags.model);
  if (!options) return StatusOf(options.error());
  TellStage("reading the model");
  // Of a small one that is read twice, so that it is known which step crashed.
  const auto read = model::TryToRead(flags.path, flags.model.signature);
  if (!flags.in_full || (!read && read.error().code == Code::kResourceExhausted)) {
    return read ? 0 : StatusOf(read.error());
  }
  TellStage("compiling and running it");
  options->lanes = {.io = 0, .compute = 1};
  options->batch_max = 2;  // further sizes are the same graph again
  const std::unique_ptr<model::Engine> engine = model::MakeOpenVinoEngine();
  const SystemClock clock;
  const auto loaded =
      predictor::Load(*engine, {.name = "trial", .path = flags.path}, *options, clock);
  return loaded ? 0 : StatusOf(loaded.error());
}

}  // namespace

Run AddTryLoad(CLI::App& app) {
  auto flags = std::make_shared<TryFlags>();
  CLI::App* verb = app.add_subcommand("try-load", "Loads a version as `serve` has it tried first");
  verb->group("");
  verb->add_option("path", flags->path, "The version")->required();
  verb->add_option("--parent", flags->parent, "Process that waits for it");
  verb->add_option("--bytes-max", flags->bytes_max, "Of memory");
  verb->add_option("--seconds-max", flags->seconds_max, "Of a processor");
  verb->add_flag("--in-full", flags->in_full, "Compile and run it, too");
  AddModelFlags(*verb, flags->model);
  return [flags] { return TryLoad(*flags); };
}

}  // namespace credence::cli
