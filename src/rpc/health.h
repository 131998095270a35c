// gRPC's health service, grpc.health.v1.Health: Check and Watch.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/call.h"

namespace credence::rpc {

// Confined to one thread of the server.
class Health {
 public:
  // `serving`: whether the service of that name ("": the server as a whole) serves; nullopt: there
  // is no such service. Called for each question, and at each Tick while somebody watches.
  explicit Health(std::function<std::optional<bool>(std::string_view service)> serving);
  ~Health();

  // The two methods. REQUIRES: this outlives them.
  std::vector<Method> Methods();
  // Tells those who watch what has changed.
  void Tick();

 private:
  struct Watcher;
  void Check(Responder responder);
  void Watch(Responder responder);

  const std::function<std::optional<bool>(std::string_view)> serving_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
};

// Watchers a thread of the server; another is refused with RESOURCE_EXHAUSTED.
inline constexpr std::size_t kWatchersMax = 1000;

}  // namespace credence::rpc
