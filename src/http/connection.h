// Connection is one client: reads requests, hands them on one at a time, writes the answers.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/byte_budget.h"
#include "base/contain.h"
#include "http/byte_buffer.h"
#include "http/io_loop.h"
#include "http/request_parser.h"
#include "http/stream.h"

namespace credence::http {

// Who has connected.
struct Peer {
  Role role = Role::kPublic;  // of the listener that accepted it
  std::string address;        // with the port
  std::uint64_t network = 0;  // Request::network
};

// One request:
//
//   kIdle -> kHead -> kBody -> kHandling -> kWriting -> kIdle
//   refused by the handler at its head:   kHead -> kWriting -> kSkipping -> kIdle
//   the last answer, or a refusal of the server's own:  kWriting -> kLingering -> kClosed
//
// What is thrown while it works, its handler included, ends in it: the request is answered 503 or
// 500, the connection closed.
//
// Confined to its loop's thread. Pending operations and the Responder share the ownership of the
// connection, so that the request's memory lives as long as they do.
class Connection final : public Responder::Sink, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<IoLoop> loop, Stream stream, Peer peer);
  ~Connection() override;

  void Start();
  // Ends what is over its deadline at `now`; called every 250 ms.
  void Sweep(SteadyTime now);
  void Close();
  // Whether a request has begun to arrive and its answer is not yet written.
  bool busy() const;

  void Send(const Response& response) override;
  void Drop(std::shared_ptr<Sink> self) noexcept override;
  // Drop's other half, on the loop's thread: `task` is what came with it.
  void AnswerDropped(std::unique_ptr<IoLoop::Task> task);
  IoThread& thread() override { return *loop_; }
  const std::atomic<bool>* gone() const override { return &gone_; }
  // Ends the pause after a refusal; see IoLoop::ResumeLater.
  void Resume();

  std::size_t slot = 0;  // where the loop keeps it

 private:
  enum class State { kIdle, kHead, kBody, kHandling, kWriting, kSkipping, kLingering, kClosed };
  static constexpr std::size_t kFirstBytes = 4 * 1024 - kBodyPadding - 16;  // with all, a page
  static constexpr std::size_t kReadBytes = 64 * 1024;  // larger buffers are given back

  enum class AfterWrite { kNextRequest, kReadBody, kLinger };

  // Does `step`; what it throws is answered.
  template <class Work>
  void Contain(const Work& step);
  void OnThrown(const Error& error) noexcept;
  void Process();
  bool Step();
  bool StepHead();
  bool GrowHead(std::size_t capacity);
  bool StepBody();
  bool StepSkipping();
  bool OnHead();
  bool AnswerEarly(const Response& response);
  bool BeginBody();
  bool BodyArrived();
  bool BodyComplete();
  void BeginRequest();
  void EndRequest();
  void AwaitRequest();
  void Read();
  void OnRead(const Stream::Error& error, std::size_t bytes);
  void Lose();
  void EndCounting();
  bool BeginBodyApart(std::size_t length);
  bool GrowBody();
  bool GrowChunkedBody(std::size_t room);
  bool ReserveBody(std::size_t capacity);
  bool Hold(std::size_t in_capacity, std::size_t body_capacity);
  void ReleaseBuffers();
  void ReleaseBody();
  bool RefuseForMemory(std::string_view what, std::size_t bytes);
  bool Refuse(int status, std::string_view code, std::string_view detail);
  void Format(const Response& response);
  bool Write(AfterWrite after);
  void WriteRest();
  bool OnWritten();
  void Linger();
  void SweepLate(SteadyTime now);
  void SweepIdle(SteadyTime now);
  void SweepBody(SteadyTime now);
  std::string_view Buffered() const { return {in_.data() + begin_, end_ - begin_}; }
  std::size_t unwritten() const { return out_.size() + out_lasting_.size() - written_; }

  const std::shared_ptr<IoLoop> loop_;  // first: it must outlive the stream
  Stream stream_;
  const std::string client_;
  const std::uint64_t network_;  // of the peer, as Request::network
  State state_ = State::kIdle;
  AfterWrite after_write_ = AfterWrite::kNextRequest;
  bool processing_ = false;  // Process is on the stack
  bool reading_ = false;     // a read is pending
  bool close_after_ = false;
  bool pause_ = false;  // the answer is a 503: see kRefusedPause
  bool paused_ = false;
  std::atomic<bool> gone_{false};  // the client has closed its end
  // What Drop sends to the loop; made with the connection, since then there may be no memory.
  std::unique_ptr<IoLoop::Task> drop_ = std::make_unique<IoLoop::Task>();
  SteadyTime since_;     // when the state began
  SteadyTime deadline_;  // when it must end

  // [begin_, end_) of in_ has arrived and is not yet used. A head does not move while it is parsed.
  // A body that fits is read in place behind its head, a larger or chunked one into body_.
  // in_ is small until a head or chunks need more; its first size is not counted in held_.
  ByteBudget* const memory_;  // it may be there when the loop's options are not any more
  HeldBytes held_;
  ByteBuffer in_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t body_begin_ = 0;
  bool body_apart_ = false;
  std::size_t body_received_ = 0;  // as sent, chunk headers included
  std::size_t skip_ = 0;           // bytes of a refused body that are still to come
  ByteBuffer body_;
  RequestParser parser_;
  Request request_;

  // The answer is out_ and then out_lasting_; written_ bytes of both are gone.
  std::string out_;
  std::string_view out_lasting_;
  std::size_t written_ = 0;
};

template <class Work>
void Connection::Contain(const Work& step) {
  if (const auto error = Attempt(step)) OnThrown(*error);
}

}  // namespace credence::http
