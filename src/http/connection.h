// Connection is one client: reads requests, hands them on one at a time, writes the answers.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/byte_buffer.h"
#include "http/io_loop.h"
#include "http/request_parser.h"

namespace credence::http {

// A turn of a connection's life:
//
//   kIdle -> kHead -> kBody -> kHandling -> kWriting -> kIdle
//                 refused, last answer: kWriting -> kLingering -> kClosed
//
// Confined to its loop's thread. Each pending operation and the Responder share its ownership, so
// the request's memory lives until the Responder is gone.
class Connection final : public Responder::Sink, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<IoLoop> loop, Socket socket, std::string client);

  void Start();
  // Holds the deadlines against `now`; called every 250 ms.
  void Sweep(SteadyTime now);
  void Close();
  // Whether a request has begun to arrive whose answer is not yet written.
  bool busy() const;

  void Send(const Response& response) override;
  IoThread& thread() override { return *loop_; }

  std::size_t slot = 0;  // the loop's

 private:
  enum class State { kIdle, kHead, kBody, kHandling, kWriting, kLingering, kClosed };
  enum class AfterWrite { kNextRequest, kReadBody, kLinger };

  void Process();
  bool Step();
  bool StepHead();
  bool StepBody();
  bool BeginBody();
  bool BodyComplete();
  bool Dispatch();
  void BeginRequest();
  void EndRequest();
  void Read();
  void OnRead(const boost::system::error_code& error, std::size_t bytes);
  bool GrowBody();
  bool Refuse(int status, std::string_view code, std::string_view detail);
  void Format(const Response& response);
  bool Write(AfterWrite after);
  void WriteRest();
  bool OnWritten();
  void Linger();
  void SweepIdle(SteadyTime now);
  void SweepBody(SteadyTime now);
  std::string_view Buffered() const { return {in_.data() + begin_, end_ - begin_}; }

  const std::shared_ptr<IoLoop> loop_;  // first: it must outlive the socket
  Socket socket_;
  const std::string client_;
  State state_ = State::kIdle;
  AfterWrite after_write_ = AfterWrite::kNextRequest;
  bool processing_ = false;  // Process is on the stack
  bool reading_ = false;     // a read is pending
  bool close_after_ = false;
  SteadyTime since_;     // when the state began
  SteadyTime deadline_;  // when it must end

  // [begin_, end_) of in_ has arrived and is not done with. A head does not move while it is
  // parsed; a body that fits is read in place behind it, a larger or chunked one into body_.
  ByteBuffer in_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t body_begin_ = 0;
  bool body_apart_ = false;
  std::size_t body_received_ = 0;  // as sent, chunk headers included
  ByteBuffer body_;
  RequestParser parser_;
  Request request_;

  std::string out_;
  std::size_t written_ = 0;
};

}  // namespace credence::http
