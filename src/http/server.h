// Server is the HTTP/1.1 transport: connections, limits, deadlines, draining. It knows no models.
//
// One I/O thread a core, each with its own io_context and SO_REUSEPORT acceptors; a connection
// never changes thread. Requests of one connection are answered in order, one at a time (pipelined
// ones wait in its buffer). A handler sees each request twice: its head, before the body is read,
// and then the whole. The server hands on everything that became ready in one turn of the event
// loop; then TurnEnd lets the handler run it as one batch, before the loop sleeps again.
// Overload: above `connections_max` a new connection is accepted and closed at once.
// Errors:   the server itself answers what is malformed, too large or too slow as problem+json
//           (docs/api.md) and reports it to Handler::OnRefused.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"
#include "http/problem.h"

namespace credence::http {

// A socket that is listened on.
struct Listener {
  std::string address = "0.0.0.0";  // an IPv4 or IPv6 address, without brackets
  int port = 8080;                  // 0 picks a free one
  Role role = Role::kPublic;        // every request that arrives here carries it
};

// An admin listener accepts this many connections even when connections_max are open.
inline constexpr int kAdminConnectionsExtra = 64;

struct ServerOptions {
  std::vector<Listener> listeners = {Listener{}};
  int threads = 0;               // I/O threads; 0 = one a core
  int connections_max = 10'000;  // over all threads and listeners
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t body_bytes_max = 32 * 1024 * 1024;
  std::chrono::milliseconds header_deadline{10'000};  // from connecting, or a request's first byte
  std::chrono::milliseconds body_deadline{30'000};    // for the whole body
  std::size_t body_rate_min = 1024;                   // bytes a second, judged after 5 s of body
  std::chrono::milliseconds idle_deadline{75'000};    // between requests
  std::chrono::milliseconds write_deadline{30'000};   // for the client to take an answer
};

// One I/O thread of the server.
class IoThread : public std::enable_shared_from_this<IoThread> {
 public:
  virtual ~IoThread() = default;
  virtual int index() const = 0;  // 0 .. threads-1
  // Runs `task` on this thread soon. Thread-safe.
  virtual void Post(std::function<void()> task) = 0;
};

// A request, or a connection, that the server refused by itself.
struct Refused {
  int status = 400;
  std::string_view code = {};    // stable name, e.g. "request_timeout"
  std::string_view detail = {};  // why, for people
  std::string_view client = {};
  std::string_view method = {}, path = {};  // empty when it was refused before they were known
};

// When a request is answered at its head and at most this many bytes of its body are missing, they
// are dropped as they come, and the connection is kept.
inline constexpr std::size_t kSkipBytesMax = 64 * 1024;

// What the server calls; one a thread, confined to it.
class Handler {
 public:
  virtual ~Handler() = default;

  // Called once the head of a request has arrived, before its body is read. Returns nullopt to
  // accept the request: Handle follows when the body is there, unless the client gives up or the
  // body is refused. Else returns the answer; the body is not read, and if much of it is missing
  // (over kSkipBytesMax, chunked, or waiting for 100 Continue), the connection is closed.
  virtual std::optional<Response> OnHead(Request& head) {
    (void)head;
    return std::nullopt;
  }
  // `request` stays valid until `responder` has answered.
  virtual void Handle(const Request& request, Responder responder) = 0;
  // Everything that was ready has been handled: run what was put together.
  virtual void TurnEnd() {}
  virtual void OnRefused(const Refused& refused) { (void)refused; }
  // Appends the body that the server answers with to what it refused; returns its Content-Type.
  virtual std::string_view WriteRefusal(const Refused& refused, std::string& body) {
    WriteProblem(refused.status, refused.code, refused.detail, body);
    return kProblemType;
  }
};

using HandlerFactory = std::function<std::unique_ptr<Handler>(IoThread&)>;

// Live numbers for metrics. Thread-safe to read.
struct ServerStats {
  std::int64_t connections_open = 0;
  std::int64_t connections_total = 0;
  std::int64_t requests_in_flight = 0;  // handed to a handler, not yet answered
};

// "127.0.0.1:8080", "[::1]:8080": an address and a port as a URL wants them.
std::string HostPort(std::string_view address, int port);

// Thread-safe.
class Server {
 public:
  // Binds and listens on every listener; no request is read before Start.
  // Errors: kUnavailable - an address or port is taken or not ours, naming it.
  static Result<std::unique_ptr<Server>> Listen(ServerOptions options, const Clock& clock);
  virtual ~Server() = default;  // stops at once

  virtual std::vector<int> ports() const = 0;  // as bound, one a listener
  virtual int threads() const = 0;
  // Makes a handler for each thread by `factory`, on the caller's thread and in order, and starts
  // the threads.
  virtual void Start(HandlerFactory factory) = 0;
  // Stops accepting, closes idle connections, answers accepted requests with "Connection: close",
  // and destroys the handlers on their threads. Waits for at most `limit`. Returns whether every
  // accepted request was answered.
  virtual bool Drain(std::chrono::milliseconds limit) = 0;
  virtual ServerStats stats() const = 0;
};

}  // namespace credence::http
