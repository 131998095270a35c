#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "api/live/live.h"
#include "api/page/page.h"
#include "api/service.h"
#include "base/byte_budget.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/processors.h"
#include "cli/engine.h"
#include "cli/environment.h"
#include "cli/gauges.h"
#include "cli/numbers.h"
#include "cli/request_memory.h"
#include "cli/serve_flags.h"
#include "cli/signals.h"
#include "cli/trial.h"
#include "cli/verbs.h"
#include "cli/version_control.h"
#include "http/server.h"
#include "model/fake/fake_model.h"
#include "serving/lifecycle.h"

namespace credence::cli {
namespace {

using std::chrono::milliseconds;

// How long a load that is under way is waited for at the end.
constexpr milliseconds kLoaderLimit{2000};

LogFormat ToLogFormat(const std::string& text) {
  if (text == "text") return LogFormat::kText;
  return text == "json" ? LogFormat::kJson : LogFormat::kAuto;
}

// Everything that serving needs, checked; built from flags before anything starts.
struct Plan {
  http::ServerOptions http;
  Security security;
  std::optional<GrpcPlan> grpc;
  serving::ExecutionOptions execution;
  serving::RepositoryOptions repository;
  std::optional<ModelConfigFile> model_config;
  serving::ReadyWhen ready_when = serving::ReadyWhen::kDefault;
  api::OtherMetrics other_metrics;
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
Result<std::vector<http::Listener>> ToListeners(const ServeFlags& flags, const Security& security) {
  const std::string address = WithoutBrackets(flags.address);
  std::vector<http::Listener> listeners = {
      {address, flags.port, http::Role::kPublic, security.tls}};
  for (const std::string& text : flags.more_ports) {
    if (text.empty()) continue;
    const auto further = ParsePort("--http-port", text);
    if (!further) return further.error();
    listeners.push_back({address, *further, http::Role::kPublic, security.tls});
  }
  if (!flags.admin_port.empty()) {
    const auto admin = ParsePort("--admin-port", flags.admin_port);
    if (!admin) return admin.error();
    listeners.push_back(
        {WithoutBrackets(flags.admin_address), *admin, http::Role::kAdmin, security.admin_tls});
  }
  return listeners;
}

Result<serving::RepositoryOptions> PlanRepository(const ServeFlags& flags) {
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
  const auto trial = std::make_shared<Trial>(
      flags.model, TrialLimits{.time_max = std::chrono::seconds(flags.load_deadline_s),
                               .bytes_max = flags.load_memory_max});
  plan.trial = [trial](const predictor::VersionPlace& place, const std::stop_token& stop) {
    return (*trial)(place, stop);
  };
  return plan;
}

Result<Plan> MakePlan(const ServeFlags& flags) {
  Plan plan;
  auto repository = PlanRepository(flags);
  if (!repository) return repository.error();
  plan.model_config.emplace(flags.sources, *repository);
  if (auto added = PlanSources(flags.sources, *repository); !added) return added.error();
  auto other_metrics = PlanOtherMetrics(flags.sources);
  if (!other_metrics) return other_metrics.error();
  plan.other_metrics = *std::move(other_metrics);
  auto security = PlanSecurity(
      flags.security, {WithoutBrackets(flags.address),
                       flags.admin_port.empty() ? "" : WithoutBrackets(flags.admin_address)});
  if (!security) return security.error();
  plan.security = *std::move(security);
  if (flags.cors) plan.security.policy.origins.OpenToAll("/v1/models");
  auto listeners = ToListeners(flags, plan.security);
  if (!listeners) return listeners.error();
  auto grpc = PlanGrpc(flags.grpc, WithoutBrackets(flags.address), flags.http.body_bytes_max);
  if (!grpc) return grpc.error();
  if (*grpc) (*grpc)->options.tls = plan.security.tls;
  plan.grpc = *std::move(grpc);
  const int cores = UsableProcessors();
  plan.http = flags.http;
  plan.http.listeners = *std::move(listeners);
  if (plan.http.threads == 0) plan.http.threads = cores;
  plan.http.header_deadline = milliseconds(flags.header_deadline_ms);
  plan.http.body_deadline = milliseconds(flags.body_deadline_ms);
  plan.http.idle_deadline = milliseconds(flags.idle_deadline_ms);
  plan.execution.lanes.grpc = plan.grpc ? plan.grpc->options.threads : 0;
  plan.execution.lanes.io = plan.http.threads + plan.execution.lanes.grpc;
  plan.execution.lanes.compute = flags.compute_threads == 0 ? cores : flags.compute_threads;
  plan.execution.queue_pictures_max = flags.queue_pictures_max;
  plan.execution.compute_pictures_max = flags.compute_pictures_max;
  plan.execution.deadline = milliseconds(flags.deadline_ms);
  plan.repository = *std::move(repository);
  plan.repository.load.lanes = plan.execution.lanes;
  if (flags.ready_when == "all") plan.ready_when = serving::ReadyWhen::kAll;
  return plan;
}

// Has requests by all protocols take their memory from one budget.
void Share(ByteBudget& memory, Plan& plan) {
  plan.http.memory = plan.execution.memory = &memory;
  if (plan.grpc) plan.grpc->options.memory = &memory;
}

// Starts to load; `started` is called, maybe from another thread, once it is known whether there is
// something to serve.
void StartModels(const ServeFlags& flags, const Plan& plan, const Clock& clock,
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
  const http::Listener& at = options.listeners[listener];
  return (at.tls == nullptr ? "http://" : "https://") +
         http::HostPort(at.address, server.ports()[listener]);
}

// Says where it listens, as far as that needs saying.
void TellListeners(const ServeFlags& flags, const Plan& plan, const http::Server& server,
                   Log& log) {
  plan.security.WarnOfExposure(log);
  if (const int fit = server.connections_max(); fit < plan.http.connections_max) {
    log.Warning("fewer connections than asked for: the descriptors do not suffice",
                {{"asked", plan.http.connections_max}, {"connections", fit}});
  }
  if (flags.admin_port.empty()) return;
  log.Info("admin endpoints", {{"url", UrlOf(plan.http, server, plan.http.listeners.size() - 1)}});
}

// Says how the start went.
void Announce(const Plan& plan, const http::Server& server, const serving::Catalog& catalog,
              std::chrono::nanoseconds took, Log& log) {
  const std::string url = UrlOf(plan.http, server, 0);
  if (const auto ready = catalog.Ready(plan.ready_when); !ready) {
    log.Warning("started, not ready", {{"url", url}, {"reason", ready.error().message}});
    return;
  }
  log.Info("ready", {{"url", url},
                     {"io_threads", plan.http.threads},
                     {"start_ms", std::chrono::duration_cast<milliseconds>(took).count()}});
}

// `grpc`: nullptr if there is none.
int Drain(const ServeFlags& flags, int signal, Signals& signals, http::Server& server,
          rpc::Server* grpc, Log& log) {
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

// Ends the loader; the process, when the loader is in the engine, which nobody can interrupt.
int StopLoading(int status, serving::Lifecycle& lifecycle,
                std::unique_ptr<api::AccessLog>& access_log, Log& log) {
  if (lifecycle.StopWithin(kLoaderLimit)) return status;
  log.Warning("a version is still being loaded; the process ends without it");
  access_log.reset();
  log.Flush();
  _exit(status);
}

// Whether a server could start as planned: listens where it would, on other ports, as one may be
// running now, and loads what it would serve. Logs what is refused.
Result<void> CheckStart(const ServeFlags& flags, Plan plan, Log& log) {
  if (auto log_file = api::AccessLog::Check(flags.access_log); !log_file) return log_file;
  const SystemClock clock;
  plan.http.threads = 1;
  for (http::Listener& listener : plan.http.listeners) listener.port = 0;
  if (const auto bound = http::Server::Listen(plan.http, clock); !bound) return bound.error();
  if (plan.grpc) plan.grpc->options.port = 0;
  if (const auto bound = ListenGrpc(plan.grpc, clock, log); !bound) return bound.error();
  plan.repository.load.lanes = {.io = 1, .compute = 1};
  metrics::Metrics metrics(Version(), "OpenVINO");
  const std::unique_ptr<model::Engine> engine = StartEngine();
  serving::Lifecycle lifecycle(plan.repository, *engine, clock, log, metrics);
  std::promise<Result<void>> tried;
  StartModels(flags, plan, clock, lifecycle,
              [&](Result<void> result) { tried.set_value(std::move(result)); });
  if (auto result = tried.get_future().get(); !result) return result;
  if (plan.repository.wait_for_models) return {};
  return lifecycle.published().Get()->Ready(plan.ready_when);
}

int CheckConfig(const ServeFlags& flags, const Environment& variables) {
  auto plan = MakePlan(flags);
  if (!plan) return Fail(plan.error());
  Log log(ToLogFormat(flags.log_format), *ParseLogLevel(flags.log_level));
  Tell(variables, log);
  if (const auto can = CheckStart(flags, *std::move(plan), log); !can) return Fail(can.error());
  std::puts("the configuration is valid");
  return 0;
}

// Large buffers go back to the kernel at once, what else is freed with HeapTrimmer.
void TuneHeap() {
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

// What RunUntilSignal calls.
struct Turns {
  std::function<void()> reopen;           // on SIGHUP
  std::function<void()> look;             // at files that may have changed
  std::function<Result<void>()> started;  // when the first look at the models is over
};

// How often to look whether files have changed; nullopt: on SIGHUP only.
std::optional<milliseconds> FilesPeriod(const Plan& plan) {
  const auto security = plan.security.files_period();
  const auto models = plan.model_config->period();
  if (!security || !models) return security ? security : models;
  return std::min(*security, *models);
}

// Returns SIGTERM or SIGINT. Errors: there is nothing to serve; it was logged.
Result<int> RunUntilSignal(Plan& plan, Signals& signals, const Turns& turns, Log& log) {
  using Which = Security::Which;
  const auto period = FilesPeriod(plan);
  int signal = signals.Next(period);
  for (; signal != SIGTERM && signal != SIGINT; signal = signals.Next(period)) {
    if (signal == SIGHUP) {
      log.Info("looking for versions", {{"signal", "SIGHUP"}});
      turns.reopen();
    }
    if (signal == SIGHUP || signal == Signals::kNone) {
      plan.security.Reload(signal == SIGHUP ? Which::kAll : Which::kChanged, log);
      turns.look();
    } else if (const auto started = turns.started(); !started) {
      log.Error("nothing to serve", {{"reason", started.error().message}});
      return started.error();
    }
  }
  return signal;
}

// Keeps what came of the start, and wakes who waits for signals.
std::function<void(Result<void>)> KeepIn(Guarded<Result<void>>& started, Signals& signals) {
  return [&](Result<void> result) {
    auto outcome = started.lock();
    *outcome = std::move(result);
    signals.Notify();
  };
}

int Serve(const ServeFlags& flags, const Environment& variables) {
  auto plan = MakePlan(flags);
  if (!plan) return Fail(plan.error());
  ByteBudget memory(RequestMemory(flags.memory_max));
  Share(memory, *plan);
  Signals signals;
  const SystemClock clock;
  const SteadyTime start = clock.Now();
  Log log(ToLogFormat(flags.log_format), *ParseLogLevel(flags.log_level));
  Tell(variables, log);
  TellRequestMemory(memory, plan->http.body_bytes_max, log);
  const HeapTrimmer trimmer(memory);
  metrics::Metrics metrics(Version(), "OpenVINO");
  auto access_log = api::AccessLog::Open(flags.access_log);
  if (!access_log) return Fail(access_log.error());
  const std::unique_ptr<model::Engine> engine = StartEngine();
  Guarded<Result<void>> started;  // set before `signals` is notified
  serving::Lifecycle lifecycle(plan->repository, *engine, clock, log, metrics);
  VersionControl control(lifecycle);
  serving::Core core(plan->execution, lifecycle.published(), metrics, clock);
  api::live::Live live(metrics, lifecycle.published(), clock);
  const auto tracer = StartTracer(flags.trace, metrics, clock, log);
  const auto page = flags.no_page ? nullptr : std::make_unique<const api::page::Page>();
  api::Environment environment{.clock = clock,
                               .log = log,
                               .metrics = metrics,
                               .access_log = **access_log,
                               .core = core,
                               .control = &control,
                               .canaries = &lifecycle.canaries(),
                               .ready_when = plan->ready_when,
                               .page = page.get(),
                               .live = &live,
                               .sink = tracer.get(),
                               .limits = {.body_bytes_max = plan->http.body_bytes_max,
                                          .connections_max = plan->http.connections_max},
                               .version = Version(),
                               .quiet = flags.access_log_quiet,
                               .admin_on_public = flags.admin_on_public,
                               .tfs_reload_api = flags.tfs_reload_api,
                               .other_metrics = plan->other_metrics,
                               .policy = std::move(plan->security.policy)};
  auto server = http::Server::Listen(plan->http, clock);
  if (!server) return Fail(server.error());
  auto grpc = ListenGrpc(plan->grpc, clock, log);
  if (!grpc) return Fail(grpc.error());
  AddGauges(environment, **server, plan->security);
  TellListeners(flags, *plan, **server, log);
  const std::jthread live_thread = live.Start();
  (*server)->Start(
      [&](http::IoThread& thread) { return std::make_unique<api::Service>(environment, thread); });
  if (*grpc != nullptr) StartGrpc(**grpc, environment, plan->http.threads);
  StartModels(flags, *plan, clock, lifecycle, KeepIn(started, signals));
  const auto reopen = [&] { (*access_log)->Reopen(), lifecycle.Poke(); };
  const auto announce = [&]() -> Result<void> {
    auto outcome = started.lock();
    if (*outcome) Announce(*plan, **server, *lifecycle.published().Get(), clock.Now() - start, log);
    return *outcome;
  };
  const auto look = [&] { plan->model_config->Look(lifecycle, log); };
  const auto signal =
      RunUntilSignal(*plan, signals, {.reopen = reopen, .look = look, .started = announce}, log);
  if (!signal) return 1;
  environment.draining = true;
  lifecycle.RequestStop();
  const int status = Drain(flags, *signal, signals, **server, grpc->get(), log);
  if (tracer != nullptr) tracer->End();
  return StopLoading(status, lifecycle, *access_log, log);
}

}  // namespace

Run AddServe(CLI::App& app, const Environment& environment) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App* verb = app.add_subcommand(
      "serve",
      "Serves every predictor in a folder over HTTP.\n"
      "  credence serve                              the bundled digit predictor on port 8080\n"
      "  credence serve --models /models --port 80   every SavedModel in /models\n"
      "Each option may also stand in --config FILE (see --print-config) or in CREDENCE_NAME; flags "
      "win.");
  AddServeFlags(*verb, *flags);
  return [flags, verb, &environment] {
    if (flags->print_config) {
      std::printf("[serve]\n%s", verb->config_to_str(true, true).c_str());
      return 0;
    }
    TuneHeap();
    return flags->check_config ? CheckConfig(*flags, environment) : Serve(*flags, environment);
  };
}

}  // namespace credence::cli
