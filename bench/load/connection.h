// Connection is one client connection: it sends a request, reads its answer, and says what
// happened.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "load/answer_parser.h"
#include "load/tally.h"

namespace credence::bench {

// What a step of a connection led to.
struct Outcome {
  enum class Kind {
    kPending,     // wait for the next event
    kAnswered,    // `status` is the answer's
    kFailed,      // `failure` says why; the connection is closed
    kIdleClosed,  // the server closed it between two requests
  } kind = Kind::kPending;
  int status = 0;
  Failure failure = Failure::kCut;
};

// Confined to the generator's thread. Registered once in `epoll`, edge-triggered, with itself as
// the event's pointer: it must not move. Reopened by the next Begin after it was closed.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { Close(); }

  // Starts to send `request`, which must outlive the answer. REQUIRES: !busy().
  Outcome Begin(const std::string& request, const sockaddr_in& target, int epoll);

  // Continues after an event of epoll. `buffer` is scratch space.
  Outcome Continue(std::uint32_t events, std::span<char> buffer);

  // Gives the request up.
  void Close();

  // True when the server has closed or reset this idle connection unseen.
  bool GoneWhileIdle() const;

  bool busy() const { return state_ == State::kConnecting || state_ == State::kBusy; }
  bool open() const { return fd_ >= 0; }

  // The generator's notes. Nanoseconds since its start.
  std::size_t stream = 0;  // whose connection this is
  std::int64_t intended_ns = 0;
  std::int64_t sent_ns = 0;
  std::int64_t retry_ns = 0;  // not to be used again before then

 private:
  enum class State { kIdle, kConnecting, kBusy };  // closed counts as idle

  Outcome Connect(const sockaddr_in& target, int epoll);
  Outcome Write();
  Outcome Read(bool peer_closed, std::span<char> buffer);
  Outcome Ended(int error);
  Outcome Fail(Failure failure);

  int fd_ = -1;
  State state_ = State::kIdle;
  const std::string* request_ = nullptr;
  std::size_t written_ = 0;
  int write_error_ = 0;  // errno of a failed send, which the socket then forgets
  AnswerParser parser_;
};

}  // namespace credence::bench
