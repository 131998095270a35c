#include "cli/grpc.h"

#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "api/rpc_service.h"
#include "base/processors.h"
#include "cli/numbers.h"
#include "cli/options.h"

namespace credence::cli {
namespace {

constexpr int kDefaultPort = 8081;

}  // namespace

void AddGrpcFlags(CLI::App& verb, GrpcFlags& flags) {
  verb.add_option(
          "--grpc-port", flags.port,
          "Port of gRPC: KServe's and TensorFlow Serving's services, health, reflection; 0: "
          "off; any: picks a free one; default: 8081, if that is free")
      ->envname(EnvironmentName("grpc-port"));
  verb.add_option("--grpc-threads", flags.threads,
                  "Threads for calls by gRPC and their small requests; 0: one a core")
      ->envname(EnvironmentName("grpc-threads"))
      ->check(WholeNumber(0, 256))
      ->capture_default_str();
  verb.add_option("--grpc-message-bytes-max", flags.message_bytes_max,
                  "Largest message by gRPC; 0: as --body-bytes-max")
      ->envname(EnvironmentName("grpc-message-bytes-max"))
      ->check(WholeNumber(0L, (1L << 31) - 1))
      ->capture_default_str();
}

Result<std::optional<GrpcPlan>> PlanGrpc(const GrpcFlags& flags, const std::string& address,
                                         std::size_t body_bytes_max) {
  GrpcPlan plan{.options = {.address = address, .port = kDefaultPort},
                .optional = flags.port.empty()};
  if (flags.port == "any") {
    plan.options.port = 0;
  } else if (!flags.port.empty()) {
    const std::string problem = WholeNumberProblem(flags.port, 0, 65'535);
    if (!problem.empty()) {
      return Error{Code::kInvalidArgument, "--grpc-port " + flags.port + ": " + problem};
    }
    plan.options.port = std::stoi(flags.port);
    if (plan.options.port == 0) return std::optional<GrpcPlan>();
  }
  if (!rpc::Server::Available()) {
    if (plan.optional) return std::optional<GrpcPlan>();
    return Error{Code::kUnimplemented, "--grpc-port " + flags.port + ": this build has no gRPC"};
  }
  plan.options.threads = flags.threads == 0 ? UsableProcessors() : flags.threads;
  plan.options.message_bytes_max =
      flags.message_bytes_max == 0 ? body_bytes_max : flags.message_bytes_max;
  return std::optional<GrpcPlan>(std::move(plan));
}

Result<std::unique_ptr<rpc::Server>> ListenGrpc(const std::optional<GrpcPlan>& plan,
                                                const Clock& clock, Log& log) {
  if (!plan) return std::unique_ptr<rpc::Server>();
  auto server = rpc::Server::Listen(plan->options, clock, log);
  if (!server && plan->optional) {
    log.Warning("no gRPC; --grpc-port names another port, or 0 for none",
                {{"reason", server.error().message}});
    return std::unique_ptr<rpc::Server>();
  }
  if (!server) return server.error();
  log.Info("gRPC", {{"address", http::HostPort(plan->options.address, (*server)->port())},
                    {"tls", plan->options.tls == nullptr ? "off" : "on"},
                    {"threads", plan->options.threads}});
  return server;
}

void StartGrpc(rpc::Server& server, api::Environment& environment, int first_lane) {
  server.Start([&environment, first_lane](rpc::Thread& thread) {
    return std::make_unique<api::RpcService>(environment, thread, first_lane + thread.index());
  });
}

bool DrainAll(http::Server& http, rpc::Server* grpc, std::chrono::milliseconds limit) {
  bool all_calls = true;
  std::jthread calls([&] { all_calls = grpc == nullptr || grpc->Drain(limit); });
  const bool all_requests = http.Drain(limit);
  calls.join();
  return all_requests && all_calls;
}

}  // namespace credence::cli
