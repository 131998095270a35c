// Server is the HTTP/1.1 transport: connections, limits, deadlines, draining. It knows no models.
//
// One I/O thread a core, each with its own io_context and SO_REUSEPORT acceptors; a connection
// never changes thread. Requests of one connection are answered in order, one at a time (pipelined
// ones wait in its buffer). What became ready in one turn of the event loop is handed to the
// handler first; then TurnEnd lets it run everything as one batch, before the loop sleeps again.
// Overload: above `connections_max` a new connection is accepted and closed at once.
// Errors:   what is malformed or too slow is answered by the server itself as problem+json
//           (docs/api.md) and reported to Handler::OnRefused.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

namespace credence::http {

struct ServerOptions {
  std::string address = "0.0.0.0";
  std::vector<int> ports = {8080};  // all serve the same; 0 picks a free one
  int threads = 0;                  // I/O threads; 0 = one a core
  int connections_max = 10'000;     // over all threads
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t body_bytes_max = 32 * 1024 * 1024;
  std::chrono::milliseconds header_deadline{10'000};  // from connect or the last answer's next byte
  std::chrono::milliseconds body_deadline{30'000};    // for the whole body
  std::size_t body_rate_min = 1024;                   // bytes a second, judged after 5 s of body
  std::chrono::milliseconds idle_deadline{75'000};    // between requests
  std::chrono::milliseconds write_deadline{30'000};   // for the client to take an answer
};

// One I/O thread of the server.
class IoThread {
 public:
  virtual ~IoThread() = default;
  virtual int index() const = 0;  // 0 .. threads-1
  // Runs `task` on this thread soon. Thread-safe.
  virtual void Post(std::function<void()> task) = 0;
};

// What the server calls; one a thread, confined to it.
class Handler {
 public:
  virtual ~Handler() = default;
  // `request` stays valid until `responder` has answered.
  virtual void Handle(const Request& request, Responder responder) = 0;
  // Everything that was ready has been handled: run what was put together.
  virtual void TurnEnd() {}
  // The server answered `status` itself (malformed, too large, too slow); `detail` says why.
  virtual void OnRefused(int status, std::string_view detail, std::string_view client) {
    (void)status, (void)detail, (void)client;
  }
};
using HandlerFactory = std::function<std::unique_ptr<Handler>(IoThread&)>;

// Live numbers for metrics. Thread-safe to read.
struct ServerStats {
  std::int64_t connections_open = 0;
  std::int64_t connections_total = 0;
  std::int64_t requests_in_flight = 0;  // handed to a handler, not yet answered
};

// Thread-safe.
class Server {
 public:
  // Binds and listens; no request is read before Start.
  // Errors: kUnavailable - an address or port is taken or not ours, naming it.
  static Result<std::unique_ptr<Server>> Listen(ServerOptions options, const Clock& clock);
  virtual ~Server() = default;  // stops at once

  virtual std::vector<int> ports() const = 0;  // as bound
  virtual int threads() const = 0;
  // Starts the threads; each makes its handler by `factory`, called on the caller's thread in
  // order.
  virtual void Start(HandlerFactory factory) = 0;
  // Stops accepting, closes idle connections, answers what was accepted with "Connection: close",
  // and returns when all is answered or `limit` is over (returns whether all was). Handlers are
  // destroyed on their threads before it returns.
  virtual bool Drain(std::chrono::milliseconds limit) = 0;
  virtual ServerStats stats() const = 0;
};

}  // namespace credence::http
