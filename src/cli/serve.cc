#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "api/service.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/processors.h"
#include "cli/environment.h"
#include "cli/gauges.h"
#include "cli/grpc.h"
#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/signals.h"
#include "cli/sources.h"
#include "cli/verbs.h"
#include "cli/version_control.h"
#include "http/server.h"
#include "model/fake/fake_model.h"
#include "model/openvino/engine.h"
#include "serving/lifecycle.h"

namespace credence::cli {
namespace {

using std::chrono::milliseconds;

struct Flags {
  std::string models;
  std::string default_name;
  std::string versions = "latest";
  std::vector<std::string> labels;  // empty entries are passed over
  long poll_ms = 1000;
  std::string ready_when = "default";
  bool wait_for_models = false;
  ModelFlags model;
  http::ServerOptions http;
  GrpcFlags grpc;
  SourceFlags sources;
  std::vector<std::string> more_ports;  // empty entries are passed over
  int port = 8080;
  std::string address = "0.0.0.0";
  std::string admin_port;  // empty: no admin listener
  std::string admin_address = "127.0.0.1";
  bool admin_on_public = false;
  bool cors = false;
  int compute_threads = 0;
  int batch_max = 64;
  std::size_t queue_pictures_max = 1024;
  std::size_t compute_pictures_max = 256;
  long deadline_ms = 1000;
  long header_deadline_ms = 10'000, body_deadline_ms = 30'000, idle_deadline_ms = 75'000;
  long drain_grace_ms = 0, drain_limit_ms = 30'000;
  std::string access_log = "-";
  std::string log_format = "auto", log_level = "info";
  bool fake_model = false;
  bool check_config = false, print_config = false;
};

template <class T>
CLI::Option* Add(CLI::App& verb, const std::string& name, T& value, const std::string& help) {
  return verb.add_option(name, value, help)->envname(EnvironmentName(name.substr(2)));
}

// What is served, and when it counts as ready.
void AddVersionFlags(CLI::App& verb, Flags& flags) {
  Add(verb, "--models", flags.models,
      "Repository NAME/VERSION/, folder of SavedModels, or one SavedModel; default: the bundled "
      "digits");
  AddSourceFlags(verb, flags.sources);
  Add(verb, "--default", flags.default_name, "Predictor that answers when a request names none");
  Add(verb, "--versions", flags.versions, "latest, latest:N, all, or numbers like 3,5");
  Add(verb, "--label", flags.labels, "NAME:LABEL=NUMBER, a name for a version; may be repeated");
  Add(verb, "--poll-ms", flags.poll_ms,
      "How often to look for new, changed and deleted versions; 0: at the start and on SIGHUP")
      ->check(WholeNumber(0L, 86'400'000L));
  Add(verb, "--ready-when", flags.ready_when,
      "default: the default predictor serves, or any if there is no default; all: each one does")
      ->check(CLI::IsMember({"default", "all"}));
  verb.add_flag("--wait-for-models", flags.wait_for_models,
                "Start although there is nothing to serve yet, and wait for it")
      ->envname(EnvironmentName("wait-for-models"));
}

// In the help, of the options that have one.
void ShowDefaults(CLI::App& verb) {
  for (CLI::Option* option : verb.get_options()) option->capture_default_str();
  for (const char* name :
       {"--http-port", "--grpc-port", "--admin-port", "--label", "--model-source"}) {
    verb.get_option(name)->default_str("");
  }
}

void AddFlags(CLI::App& verb, Flags& flags) {
  const auto add = [&verb](const std::string& name, auto& value, const std::string& help) {
    return Add(verb, name, value, help);
  };
  const auto port = WholeNumber(0, 65'535);
  const auto positive = WholeNumber(1L, 86'400'000L);
  AddVersionFlags(verb, flags);
  add("--port", flags.port, "HTTP port; 0 picks a free one")->check(port);
  add("--http-port", flags.more_ports, "Further ports that serve the same, e.g. 8501");
  add("--address", flags.address, "Address to listen on");
  AddGrpcFlags(verb, flags.grpc);
  add("--admin-port", flags.admin_port,
      "Port of the admin endpoints, which change what is served; 0 picks a free one; default: "
      "none");
  add("--admin-address", flags.admin_address, "Address of the admin endpoints");
  verb.add_flag("--admin-on-public", flags.admin_on_public,
                "Serve the admin endpoints on --port, too: to everybody who can reach it")
      ->envname(EnvironmentName("admin-on-public"));
  verb.add_flag("--tfs-cors", flags.cors, "Let pages of any origin call /v1/models")
      ->envname(EnvironmentName("tfs-cors"));
  add("--io-threads", flags.http.threads,
      "Threads for connections and small requests; 0: one a core")
      ->check(WholeNumber(0, 256));
  add("--compute-threads", flags.compute_threads, "Threads for heavy requests; 0: one a core")
      ->check(WholeNumber(0, 256));
  add("--batch-max", flags.batch_max, "Pictures that go through the model together")
      ->check(WholeNumber(1, 64));
  add("--queue-max", flags.queue_pictures_max, "Pictures that may wait, an I/O thread")
      ->check(WholeNumber(1, 1'000'000));
  add("--compute-queue-max", flags.compute_pictures_max,
      "Pictures that may wait for a compute thread")
      ->check(WholeNumber(1, 100'000));
  add("--deadline-ms", flags.deadline_ms, "Time a prediction may take, waiting included")
      ->check(positive);
  add("--body-bytes-max", flags.http.body_bytes_max, "Largest request body")
      ->check(WholeNumber(1L, 1L << 31));
  add("--connections-max", flags.http.connections_max, "Open connections")
      ->check(WholeNumber(1, 1'000'000));
  add("--header-deadline-ms", flags.header_deadline_ms, "Time for a request's headers")
      ->check(positive);
  add("--body-deadline-ms", flags.body_deadline_ms, "Time for a request's body")->check(positive);
  add("--idle-deadline-ms", flags.idle_deadline_ms, "Time between requests of a connection")
      ->check(positive);
  add("--drain-grace-ms", flags.drain_grace_ms,
      "After SIGTERM: time not ready but accepting, for load balancers")
      ->check(WholeNumber(0L, 3'600'000L));
  add("--drain-limit-ms", flags.drain_limit_ms, "After that: time to finish accepted requests")
      ->check(positive);
  add("--access-log", flags.access_log,
      "A JSON line a request: - (standard output), off, or a file");
  add("--log-format", flags.log_format, "text, json; auto: text on a terminal")
      ->check(CLI::IsMember({"auto", "text", "json"}));
  add("--log-level", flags.log_level, "debug, info, warning, error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  ShowDefaults(verb);
  AddModelFlags(verb, flags.model);
  verb.add_flag("--fake-model", flags.fake_model, "Serve a model that costs nothing (benchmarks)")
      ->group("");
  verb.add_flag("--check-config", flags.check_config,
                "Check options, paths, addresses and models as a start would, and exit")
      ->configurable(false);
  verb.add_flag("--print-config", flags.print_config, "Print the configuration in force, and exit")
      ->configurable(false);
}

LogFormat ToLogFormat(const std::string& text) {
  if (text == "text") return LogFormat::kText;
  return text == "json" ? LogFormat::kJson : LogFormat::kAuto;
}

// Everything that serving needs, checked; built from flags before anything starts.
struct Plan {
  http::ServerOptions http;
  std::optional<GrpcPlan> grpc;
  serving::ExecutionOptions execution;
  serving::RepositoryOptions repository;
  serving::ReadyWhen ready_when = serving::ReadyWhen::kDefault;
};

Result<int> ParsePort(const std::string& flag, const std::string& text) {
  if (const std::string problem = WholeNumberProblem(text, 0, 65'535); !problem.empty()) {
    return Error{Code::kInvalidArgument, flag + " " + text + ": " + problem};
  }
  return std::stoi(text);
}

// An IPv6 address may stand in brackets, as it does in URLs.
std::string WithoutBrackets(const std::string& address) {
  const bool has = address.starts_with('[') && address.ends_with(']');
  return has ? address.substr(1, address.size() - 2) : address;
}

// That of --port first, that of --admin-port last.
Result<std::vector<http::Listener>> ToListeners(const Flags& flags) {
  const std::string address = WithoutBrackets(flags.address);
  std::vector<http::Listener> listeners = {{address, flags.port, http::Role::kPublic}};
  for (const std::string& text : flags.more_ports) {
    if (text.empty()) continue;
    const auto further = ParsePort("--http-port", text);
    if (!further) return further.error();
    listeners.push_back({address, *further, http::Role::kPublic});
  }
  if (!flags.admin_port.empty()) {
    const auto admin = ParsePort("--admin-port", flags.admin_port);
    if (!admin) return admin.error();
    listeners.push_back({WithoutBrackets(flags.admin_address), *admin, http::Role::kAdmin});
  }
  return listeners;
}

Result<serving::RepositoryOptions> PlanRepository(const Flags& flags) {
  serving::RepositoryOptions plan;
  auto load = ToLoadOptions(flags.model);
  if (!load) return load.error();
  auto versions = serving::ParseVersionPolicy(flags.versions);
  if (!versions) return versions.error();
  for (const std::string& text : flags.labels) {
    if (text.empty()) continue;
    auto label = serving::ParseLabelFlag(text);
    if (!label) return label.error();
    plan.labels.push_back(*std::move(label));
  }
  plan.models = flags.models.empty() ? BundledPredictors() : flags.models;
  plan.versions = *std::move(versions);
  plan.default_name = flags.default_name;
  plan.poll = milliseconds(flags.poll_ms);
  plan.wait_for_models = flags.wait_for_models;
  plan.load = *std::move(load);
  plan.load.batch_max = flags.batch_max;
  if (auto added = PlanSources(flags.sources, plan); !added) return added.error();
  return plan;
}

Result<Plan> MakePlan(const Flags& flags) {
  Plan plan;
  auto repository = PlanRepository(flags);
  if (!repository) return repository.error();
  auto listeners = ToListeners(flags);
  if (!listeners) return listeners.error();
  auto grpc = PlanGrpc(flags.grpc, WithoutBrackets(flags.address), flags.http.body_bytes_max);
  if (!grpc) return grpc.error();
  plan.grpc = *std::move(grpc);
  const int cores = UsableProcessors();
  plan.http = flags.http;
  plan.http.listeners = *std::move(listeners);
  if (plan.http.threads == 0) plan.http.threads = cores;
  plan.http.header_deadline = milliseconds(flags.header_deadline_ms);
  plan.http.body_deadline = milliseconds(flags.body_deadline_ms);
  plan.http.idle_deadline = milliseconds(flags.idle_deadline_ms);
  plan.execution.lanes.io = plan.http.threads + (plan.grpc ? plan.grpc->options.threads : 0);
  plan.execution.lanes.compute = flags.compute_threads == 0 ? cores : flags.compute_threads;
  plan.execution.queue_pictures_max = flags.queue_pictures_max;
  plan.execution.compute_pictures_max = flags.compute_pictures_max;
  plan.execution.deadline = milliseconds(flags.deadline_ms);
  plan.repository = *std::move(repository);
  plan.repository.load.lanes = plan.execution.lanes;
  if (flags.ready_when == "all") plan.ready_when = serving::ReadyWhen::kAll;
  return plan;
}

// Starts to load; `started` is called, maybe from another thread, once it is known whether there is
// something to serve.
void StartModels(const Flags& flags, const Plan& plan, const Clock& clock,
                 serving::Lifecycle& lifecycle, std::function<void(Result<void>)> started) {
  if (!flags.fake_model) return lifecycle.Start(std::move(started));
  auto fake =
      predictor::Assemble({.name = "fake"}, model::MakeFake({}), {}, plan.repository.load, clock);
  if (!fake) return started(fake.error());
  lifecycle.Publish(*std::move(fake));
  started({});
}

std::string UrlOf(const http::ServerOptions& options, const http::Server& server,
                  std::size_t listener) {
  return "http://" + http::HostPort(options.listeners[listener].address, server.ports()[listener]);
}

// Says how the start went.
void Announce(const Plan& plan, const http::Server& server, const serving::Catalog& catalog,
              milliseconds took, Log& log) {
  const std::string url = UrlOf(plan.http, server, 0);
  if (const auto ready = catalog.Ready(plan.ready_when); !ready) {
    log.Warning("started, not ready", {{"url", url}, {"reason", ready.error().message}});
    return;
  }
  log.Info("ready", {{"url", url},
                     {"io_threads", std::to_string(plan.http.threads)},
                     {"start_ms", std::to_string(took.count())}});
}

// `grpc`: nullptr if there is none.
int Drain(const Flags& flags, int signal, Signals& signals, http::Server& server, rpc::Server* grpc,
          Log& log) {
  // A second signal ends the process at once, however the drain is getting on.
  std::jthread exit_on_next([&signals] {
    for (int next = signals.Next(); next != 0; next = signals.Next()) {
      if (next != SIGHUP) _exit(1);
    }
  });
  log.Info("draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  std::this_thread::sleep_for(milliseconds(flags.drain_grace_ms));
  const bool all = DrainAll(server, grpc, milliseconds(flags.drain_limit_ms));
  log.Info(all ? "stopped; every accepted request was answered"
               : "stopped; the drain limit was over");
  signals.Notify();
  return all ? 0 : 1;
}

// Whether the access log could be written. Makes no file.
Result<void> CheckAccessLog(const std::string& target) {
  if (target == "-" || target == "off") return {};
  std::error_code none;
  const bool there = std::filesystem::exists(target, none);
  const std::filesystem::path folder = std::filesystem::absolute(target).parent_path();
  const bool writable =
      there ? ::access(target.c_str(), W_OK) == 0 : ::access(folder.c_str(), W_OK | X_OK) == 0;
  if (writable && !std::filesystem::is_directory(target, none)) return {};
  return Error{Code::kUnavailable, "cannot write the access log " + target + ": " +
                                       (writable ? "it is a folder" : std::strerror(errno))};
}

// Whether a server could start as planned: listens where it would, on other ports, as one may be
// running now, and loads what it would serve. Logs what is refused.
Result<void> CheckStart(const Flags& flags, Plan plan, Log& log) {
  if (auto log_file = CheckAccessLog(flags.access_log); !log_file) return log_file;
  const SystemClock clock;
  plan.http.threads = 1;
  for (http::Listener& listener : plan.http.listeners) listener.port = 0;
  if (const auto bound = http::Server::Listen(plan.http, clock); !bound) return bound.error();
  if (plan.grpc) plan.grpc->options.port = 0;
  if (const auto bound = ListenGrpc(plan.grpc, clock, log); !bound) return bound.error();
  plan.repository.load.lanes.io = plan.repository.load.lanes.compute = 1;
  metrics::Metrics metrics(Version(), "OpenVINO");
  const std::unique_ptr<model::Engine> engine = model::MakeOpenVinoEngine();
  serving::Lifecycle lifecycle(plan.repository, *engine, clock, log, metrics);
  std::promise<Result<void>> tried;
  StartModels(flags, plan, clock, lifecycle,
              [&](Result<void> result) { tried.set_value(std::move(result)); });
  if (auto result = tried.get_future().get(); !result) return result;
  if (plan.repository.wait_for_models) return {};
  return lifecycle.published().Get()->Ready(plan.ready_when);
}

int CheckConfig(const Flags& flags, const Environment& variables) {
  const auto plan = MakePlan(flags);
  if (!plan) return Fail(plan.error());
  Log log(ToLogFormat(flags.log_format), *ParseLogLevel(flags.log_level));
  Tell(variables, log);
  if (const auto can = CheckStart(flags, *plan, log); !can) return Fail(can.error());
  std::puts("the configuration is valid");
  return 0;
}

int Serve(const Flags& flags, const Environment& variables) {
  const auto plan = MakePlan(flags);
  if (!plan) return Fail(plan.error());
  // Large buffers go back to the kernel late, so that the reused ones stay (docs/decisions).
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  Signals signals;
  const SystemClock clock;
  const SteadyTime start = clock.Now();
  Log log(ToLogFormat(flags.log_format), *ParseLogLevel(flags.log_level));
  Tell(variables, log);
  metrics::Metrics metrics(Version(), "OpenVINO");
  auto access_log = api::AccessLog::Open(flags.access_log);
  if (!access_log) return Fail(access_log.error());
  const std::unique_ptr<model::Engine> engine = model::MakeOpenVinoEngine();
  Guarded<Result<void>> started;  // set before `signals` is notified
  serving::Lifecycle lifecycle(plan->repository, *engine, clock, log, metrics);
  VersionControl control(lifecycle);
  serving::Core core(plan->execution, lifecycle.published(), metrics, clock);
  api::Environment environment{.clock = clock,
                               .log = log,
                               .metrics = metrics,
                               .access_log = **access_log,
                               .core = core,
                               .control = &control,
                               .canaries = &lifecycle.canaries(),
                               .ready_when = plan->ready_when,
                               .version = Version(),
                               .body_bytes_max = plan->http.body_bytes_max,
                               .cors = flags.cors,
                               .admin_on_public = flags.admin_on_public};
  auto server = http::Server::Listen(plan->http, clock);
  if (!server) return Fail(server.error());
  auto grpc = ListenGrpc(plan->grpc, clock, log);
  if (!grpc) return Fail(grpc.error());
  AddGauges(environment, **server);
  if (!flags.admin_port.empty()) {
    const std::size_t last = plan->http.listeners.size() - 1;
    log.Info("admin endpoints", {{"url", UrlOf(plan->http, **server, last)}});
  }
  (*server)->Start(
      [&](http::IoThread& thread) { return std::make_unique<api::Service>(environment, thread); });
  if (*grpc != nullptr) StartGrpc(**grpc, environment, plan->http.threads);
  StartModels(flags, *plan, clock, lifecycle, [&](Result<void> result) {
    auto outcome = started.lock();
    *outcome = std::move(result);
    signals.Notify();
  });
  int signal = signals.Next();
  for (; signal != SIGTERM && signal != SIGINT; signal = signals.Next()) {
    if (signal == SIGHUP) {
      log.Info("looking for versions", {{"signal", "SIGHUP"}});
      (*access_log)->Reopen();
      lifecycle.Poke();
      continue;
    }
    auto outcome = started.lock();
    if (!*outcome) {
      log.Error("nothing to serve", {{"reason", (*outcome).error().message}});
      return 1;
    }
    Announce(*plan, **server, *lifecycle.published().Get(),
             std::chrono::duration_cast<milliseconds>(clock.Now() - start), log);
  }
  environment.draining = true;
  lifecycle.RequestStop();
  return Drain(flags, signal, signals, **server, grpc->get(), log);
}

}  // namespace

Run AddServe(CLI::App& app, const Environment& environment) {
  auto flags = std::make_shared<Flags>();
  CLI::App* verb = app.add_subcommand(
      "serve",
      "Serves every predictor in a folder over HTTP.\n"
      "  credence serve                              the bundled digit predictor on port 8080\n"
      "  credence serve --models /models --port 80   every SavedModel in /models\n"
      "Each option may also stand in --config FILE (see --print-config) or in CREDENCE_NAME; flags "
      "win.");
  AddFlags(*verb, *flags);
  return [flags, verb, &environment] {
    if (flags->print_config) {
      std::printf("[serve]\n%s", verb->config_to_str(true, true).c_str());
      return 0;
    }
    return flags->check_config ? CheckConfig(*flags, environment) : Serve(*flags, environment);
  };
}

}  // namespace credence::cli
