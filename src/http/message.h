// What the transport hands to a handler and gets back.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace credence::http {

// This many bytes after every body are readable, as simdjson wants.
inline constexpr std::size_t kBodyPadding = 64;

// Whom a listener serves: everybody, or the operators.
enum class Role { kPublic, kAdmin };
inline constexpr std::size_t kRoles = 2;

// Views into the connection's buffers: valid until the request has been answered.
struct Request {
  std::string_view method;  // "GET", "POST", …, as sent
  std::string_view path;    // as sent, so still percent-encoded; starts with '/', or is "*"
  std::string_view query;   // as sent, without '?'; may be empty
  std::span<const std::pair<std::string_view, std::string_view>> headers;  // trimmed, in order
  // Without the chunk framing; kBodyPadding readable bytes follow. Empty in OnHead.
  std::span<const std::uint8_t> body;
  std::optional<std::uint64_t> content_length;  // nullopt: chunked, so not known before the end
  std::string_view client;                      // "127.0.0.1:40312"
  std::uint64_t network = 0;                    // of the client: its IPv4 address, or IPv6's /64
  Role role = Role::kPublic;                    // of the listener that accepted the connection
  SteadyTime received;                          // when its last byte had arrived
  // The handler's own: what OnHead sets, Handle reads.
  int route = 0;
  std::string_view key_name;  // of the caller's API key; lasts longer than the request
  std::string_view page;      // the origin whose pages may read the answer, or "*"; empty: none
  bool counted = false;       // OnEnd must be called

  // The first header of that name, compared without case.
  std::optional<std::string_view> Header(std::string_view name) const;
};

// The keys of a query string in order, percent-decoded.
std::vector<std::string> QueryKeys(std::string_view query);

// The value of `key` in a query string, percent-decoded ('+' is a space); nullopt if not there.
std::optional<std::string> QueryValue(std::string_view query, std::string_view key);

// The views must stay valid until Responder::Send returns, or until the next call of a handler that
// returned the response. A body that `lasts` is not copied: it must stay valid as long as the
// handler.
struct Response {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string_view headers = {};  // further header lines, each ended by \r\n
  std::string_view body = {};     // not sent with 204, with 304 or in answer to HEAD
  bool lasts = false;
};

class IoThread;

// The duty to answer one request, exactly once. Move-only; destroyed unanswered, it answers 500.
// Threads: Send on the connection's I/O thread only; it may be moved to and destroyed on any other.
class Responder {
 public:
  class Sink {  // a connection
   public:
    virtual ~Sink() = default;
    virtual void Send(const Response& response) = 0;
    // Answers 500, soon and on thread(), since the responder is gone. Thread-safe; needs no memory.
    // `self`: this.
    virtual void Drop(std::shared_ptr<Sink> self) noexcept = 0;
    virtual IoThread& thread() = 0;
    // Set once the client has closed its connection, or its end of it; nullptr: nobody tells.
    virtual const std::atomic<bool>* gone() const { return nullptr; }
  };
  explicit Responder(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  ~Responder();

  // REQUIRES: not yet answered; called on thread().
  void Send(const Response& response);
  IoThread& thread() { return sink_->thread(); }
  // As Sink::gone. Valid as long as this; any thread may read it.
  const std::atomic<bool>* gone() const { return sink_->gone(); }

 private:
  std::shared_ptr<Sink> sink_;
};

}  // namespace credence::http
