// The options of `credence serve`, as the user wrote them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/grpc.h"
#include "cli/options.h"
#include "cli/serve_security.h"
#include "cli/sources.h"
#include "cli/tracing.h"
#include "http/server.h"

namespace CLI {
class App;
}

namespace credence::cli {

struct ServeFlags {
  std::string models;
  std::string default_name;
  std::string versions = "latest";
  std::vector<std::string> labels;  // empty entries are passed over
  long poll_ms = 1000;
  std::string ready_when = "default";
  bool wait_for_models = false;
  ModelFlags model;
  SecurityFlags security;
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
  bool tfs_reload_api = false;
  int compute_threads = 0;
  int batch_max = 64;
  std::size_t queue_pictures_max = 1024;
  std::size_t compute_pictures_max = 256;
  long deadline_ms = 1000;
  std::uint64_t memory_max = 0;  // bytes; 0: see RequestMemory
  long header_deadline_ms = 10'000, body_deadline_ms = 30'000, idle_deadline_ms = 75'000;
  long drain_grace_ms = 0, drain_limit_ms = 30'000;
  long load_deadline_s = 120;
  std::uint64_t load_memory_max = 0;  // bytes; 0: see TrialLimits
  std::string access_log = "-";
  bool access_log_quiet = false;
  TraceFlags trace;
  std::string log_format = "auto", log_level = "info";
  bool no_page = false;
  bool fake_model = false;
  bool check_config = false, print_config = false;
};

void AddServeFlags(CLI::App& verb, ServeFlags& flags);

}  // namespace credence::cli
