// Server is the gRPC transport: connections, calls, limits, deadlines, draining. It knows no
// models.
//
// Each of its threads has a completion queue of its own; a call never changes thread. The server
// hands on everything that became ready in one turn of a queue; then TurnEnd lets the handler run
// it as one batch, before the thread sleeps again. A thread without calls sleeps.
// Limits: messages, calls a connection, the time a message may take to arrive (ServerOptions).
// Memory: what arrives is held to a quota of gRPC's own (kArrivingPart); a message that is whole is
//         taken from ServerOptions::memory, twice, as whoever answers it holds it parsed, too.
//         Compressed messages are inflated here, within that budget.
// Errors: the server itself answers unknown methods, and messages that are too large or too slow.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "rpc/call.h"
#include "security/tls.h"

namespace credence::rpc {

struct ServerOptions {
  std::string address = "0.0.0.0";  // an IPv4 or IPv6 address, without brackets
  int port = 8081;                  // 0 picks a free one
  int threads = 1;
  std::size_t message_bytes_max = 32 * 1024 * 1024;    // larger ones: RESOURCE_EXHAUSTED
  std::chrono::milliseconds connect_deadline{10'000};  // until a connection speaks HTTP/2
  std::chrono::milliseconds message_deadline{30'000};  // from the call's arrival to its message
  std::shared_ptr<security::TlsCredentials> tls = {};  // null: plain text
  ByteBudget* memory = nullptr;                        // outlives the server; nullptr: no limit
};

// What may be arriving at once: a part of the budget, and at least one message of the largest size.
// Above it gRPC ends calls with RESOURCE_EXHAUSTED.
inline constexpr std::uint64_t kArrivingPart = 8;

// Calls that one connection may have open at once; others wait with the client.
inline constexpr int kCallsPerConnectionMax = 1000;

// One thread of the server.
class Thread : public std::enable_shared_from_this<Thread> {
 public:
  virtual ~Thread() = default;
  virtual int index() const = 0;  // 0 .. threads-1
  // Has this thread call Handler::Woken soon. Thread-safe; after the thread's end it does nothing.
  virtual void Wake() = 0;
};

inline constexpr std::chrono::milliseconds kTickPeriod{1000};

// What the server calls; one a thread, confined to it.
class Handler {
 public:
  virtual ~Handler() = default;

  // Called once, before the first call.
  virtual std::vector<Method> Methods() = 0;
  // Everything that was ready has been handled: run what was put together. Returns whether some is
  // left; then it is called again after what has become ready meanwhile.
  virtual bool TurnEnd() = 0;
  virtual void Woken() {}
  // Returns after how long to call it again: at most kTickPeriod.
  virtual std::chrono::milliseconds Tick() { return kTickPeriod; }
  // The server has answered a call by itself, or what Method::admit said.
  virtual void OnRefused(const Call& call, const Status& status) {
    (void)call;
    (void)status;
  }
  // A call that admit has counted (Admitted) is over, and nobody works on it any more.
  virtual void OnEnd(const Call& call) { (void)call; }
};

using HandlerFactory = std::function<std::unique_ptr<Handler>(Thread&)>;

// Thread-safe.
class Server {
 public:
  // Whether this build has gRPC (CREDENCE_GRPC).
  static bool Available();

  // Binds and listens; no call is read before Start.
  // Errors: kUnavailable - the address or port is taken or not ours, naming it; kUnimplemented -
  //         this build has no gRPC.
  static Result<std::unique_ptr<Server>> Listen(ServerOptions options, const Clock& clock,
                                                Log& log);
  virtual ~Server() = default;  // stops at once

  virtual int port() const = 0;  // as bound
  // Makes a handler for each thread by `factory`, on the caller's thread and in order, and starts
  // the threads.
  virtual void Start(HandlerFactory factory) = 0;
  // Accepts no more calls, ends streams that wait for their client, and destroys the handlers on
  // their threads. Waits for at most `limit`. Returns whether every accepted call was answered.
  virtual bool Drain(std::chrono::milliseconds limit) = 0;
  virtual std::int64_t calls_open() const = 0;
};

}  // namespace credence::rpc
