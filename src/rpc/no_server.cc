// The server of a build without gRPC (CREDENCE_GRPC off).
#include "rpc/server.h"

namespace credence::rpc {

bool Server::Available() { return false; }

Result<std::unique_ptr<Server>> Server::Listen(ServerOptions, const Clock&, Log&) {
  return Error{Code::kUnimplemented,
               "this build has no gRPC: build with libgrpc++-dev, or say --grpc-port 0"};
}

}  // namespace credence::rpc
