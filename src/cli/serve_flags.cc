#include "cli/serve_flags.h"

#include <CLI/CLI.hpp>

#include "cli/environment.h"
#include "cli/numbers.h"
#include "cli/serve_option.h"

namespace credence::cli {
namespace {

// What is served, and when it counts as ready.
void AddVersionFlags(CLI::App& verb, ServeFlags& flags) {
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
  Add(verb, "--load-deadline-s", flags.load_deadline_s,
      "Time that a version may take to load, tried in a process of its own first")
      ->check(WholeNumber(1L, 86'400L));
  Add(verb, "--load-memory-max", flags.load_memory_max,
      "Bytes that it may take meanwhile; 0: 2 GiB and 12 times the model's files")
      ->check(WholeNumber(0L, 1L << 50));
  verb.add_flag("--wait-for-models", flags.wait_for_models,
                "Start although there is nothing to serve yet, and wait for it")
      ->envname(EnvironmentName("wait-for-models"));
}

// What a request may take.
void AddLimitFlags(CLI::App& verb, ServeFlags& flags) {
  const auto add = [&verb](const std::string& name, auto& value, const std::string& help) {
    return Add(verb, name, value, help);
  };
  const auto positive = WholeNumber(1L, 86'400'000L);
  add("--deadline-ms", flags.deadline_ms, "Time a prediction may take, waiting included")
      ->check(positive);
  add("--memory-max", flags.memory_max,
      "Memory, bytes, that requests may hold together: bodies, parsed JSON, decoded pictures; 0: "
      "three quarters of what the container or the machine has beyond 192 MiB, at least a quarter")
      ->check(WholeNumber(0L, 1L << 50));
  add("--body-bytes-max", flags.http.body_bytes_max, "Largest request body")
      ->check(WholeNumber(1L, 1L << 31));
  add("--connections-max", flags.http.connections_max, "Open connections")
      ->check(WholeNumber(1, 1'000'000));
  add("--header-deadline-ms", flags.header_deadline_ms, "Time for a request's headers")
      ->check(positive);
  add("--body-deadline-ms", flags.body_deadline_ms, "Time for a request's body")->check(positive);
  add("--idle-deadline-ms", flags.idle_deadline_ms, "Time between requests of a connection")
      ->check(positive);
}

// In the help, of the options that have one.
void ShowDefaults(CLI::App& verb) {
  for (CLI::Option* option : verb.get_options()) option->capture_default_str();
  for (const char* name : {"--http-port", "--grpc-port", "--admin-port", "--label",
                           "--metric-names", "--model-source"}) {
    verb.get_option(name)->default_str("");
  }
}

}  // namespace

void AddServeFlags(CLI::App& verb, ServeFlags& flags) {
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
  verb.add_flag(
          "--tfs-reload-api", flags.tfs_reload_api,
          "Let callers of gRPC replace what is served (HandleReloadConfigRequest); where there "
          "are keys, those of scope admin")
      ->envname(EnvironmentName("tfs-reload-api"));
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
  AddLimitFlags(verb, flags);
  add("--drain-grace-ms", flags.drain_grace_ms,
      "After SIGTERM: time not ready but accepting, for load balancers")
      ->check(WholeNumber(0L, 3'600'000L));
  add("--drain-limit-ms", flags.drain_limit_ms, "After that: time to finish accepted requests")
      ->check(positive);
  add("--access-log", flags.access_log,
      "A JSON line a request: - (standard output), off, or a file");
  verb.add_flag("--access-log-quiet", flags.access_log_quiet,
                "No lines for probes and scrapes of metrics that are answered well")
      ->envname(EnvironmentName("access-log-quiet"));
  AddTraceFlags(verb, flags.trace);
  add("--log-format", flags.log_format, "text, json; auto: text on a terminal")
      ->check(CLI::IsMember({"auto", "text", "json"}));
  add("--log-level", flags.log_level, "debug, info, warning, error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  ShowDefaults(verb);
  AddSecurityFlags(verb, flags.security);
  AddModelFlags(verb, flags.model);
  verb.add_flag("--no-page", flags.no_page, "Do not serve the page for people at /, only the API")
      ->envname(EnvironmentName("no-page"));
  verb.add_flag("--fake-model", flags.fake_model, "Serve a model that costs nothing (benchmarks)")
      ->group("");
  verb.add_flag("--check-config", flags.check_config,
                "Check options, paths, addresses and models as a start would, and exit")
      ->configurable(false);
  verb.add_flag("--print-config", flags.print_config, "Print the configuration in force, and exit")
      ->configurable(false);
}

}  // namespace credence::cli
