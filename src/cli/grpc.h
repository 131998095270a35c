// The gRPC port of `credence serve`.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "api/environment.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "http/server.h"
#include "rpc/server.h"

namespace CLI {
class App;
}

namespace credence::cli {

struct GrpcFlags {
  std::string port;                   // a number, 0: off, "any"; empty: 8081 if that is free
  int threads = 0;                    // 0: one a usable processor
  std::size_t message_bytes_max = 0;  // 0: as --body-bytes-max
};
void AddGrpcFlags(CLI::App& verb, GrpcFlags& flags);

struct GrpcPlan {
  rpc::ServerOptions options;
  bool optional = false;  // the port was not asked for: if it is taken, there is no gRPC
};
// nullopt: no gRPC. Errors: kInvalidArgument - no port; kUnimplemented - a port is asked for, and
// this build has no gRPC.
Result<std::optional<GrpcPlan>> PlanGrpc(const GrpcFlags& flags, const std::string& address,
                                         std::size_t body_bytes_max);

// Binds and listens. nullptr: no gRPC, which is logged where it was not asked for.
// Errors: those of rpc::Server::Listen.
Result<std::unique_ptr<rpc::Server>> ListenGrpc(const std::optional<GrpcPlan>& plan,
                                                const Clock& clock, Log& log);

// Serves; `first_lane`: of the threads' submitters. `environment` outlives the server.
void StartGrpc(rpc::Server& server, api::Environment& environment, int first_lane);

// Drains both at once; `grpc`: nullptr if there is none. Whether all that was accepted was
// answered.
bool DrainAll(http::Server& http, rpc::Server* grpc, std::chrono::milliseconds limit);

}  // namespace credence::cli
