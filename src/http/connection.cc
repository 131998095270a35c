#include "http/connection.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "http/last_answer.h"
#include "http/problem.h"

namespace credence::http {
namespace {

namespace net = boost::asio;

constexpr std::chrono::seconds kLingerMax{2};  // for the client to see the last answer and close

}  // namespace

Connection::Connection(std::shared_ptr<IoLoop> loop, Stream stream, Peer peer)
    : loop_(std::move(loop)),
      stream_(std::move(stream)),
      client_(std::move(peer.address)),
      network_(peer.network),
      memory_(loop_->options().memory),
      held_(memory_, ByteUse::kBody),
      parser_(loop_->options().header_bytes_max, loop_->options().body_bytes_max) {
  request_.role = peer.role;
}

void Connection::Start() {
  if (!stream_.Start() || !in_.Reserve(kFirstBytes)) return Close();
  since_ = loop_->clock().Now();
  deadline_ = since_ + loop_->options().header_deadline;
  Contain([this] { Read(); });
}

void Connection::OnThrown(const Error& error) noexcept {
  processing_ = false;
  const bool handled = state_ == State::kHandling;
  if (!handled && state_ != State::kHead && state_ != State::kBody) return Close();
  const bool memory = error.code == Code::kResourceExhausted;
  if (Attempt([&] {
        const RequestHead& head = parser_.head();
        loop_->handler().OnRefused({memory ? 503 : 500, CodeName(error.code), error.message,
                                    client_, head.method, head.path});
      })) {
    loop_->unreported.Add(1);
  }
  out_.clear();
  close_after_ = true;
  if (handled) {
    // Whoever works on the request may still read it: nothing more is read into its memory.
    Stream::Error gone;
    stream_.TryWrite(memory ? kOutOfMemory : kFailed, {}, gone);
    return Close();
  }
  out_lasting_ = memory ? kOutOfMemory : kFailed;
  if (Attempt([this] { Write(AfterWrite::kLinger); })) Close();
}

bool Connection::busy() const {
  return state_ == State::kHead || state_ == State::kBody || state_ == State::kHandling ||
         state_ == State::kWriting;
}

// Runs what is buffered until it must wait for bytes, for an answer or for a write.
void Connection::Process() {
  processing_ = true;
  while (Step()) {
  }
  processing_ = false;
}

bool Connection::Step() {
  switch (state_) {
    case State::kIdle:
      if (paused_) return false;
      if (begin_ == end_) {
        Read();
        return false;
      }
      BeginRequest();
      return true;
    case State::kHead:
      return StepHead();
    case State::kBody:
      return StepBody();
    case State::kSkipping:
      return StepSkipping();
    case State::kHandling:
    case State::kWriting:
    case State::kLingering:
    case State::kClosed:
      return false;
  }
  return false;
}

void Connection::BeginRequest() {
  state_ = State::kHead;
  since_ = loop_->clock().Now();
  deadline_ = since_ + loop_->options().header_deadline;
  if (begin_ > 0) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  parser_.Reset();
}

bool Connection::StepHead() {
  switch (parser_.ParseHead(Buffered())) {
    case RequestParser::Progress::kNeedMore:
      if (end_ == in_.capacity()) return GrowHead(kFirstBytes + loop_->options().header_bytes_max);
      Read();
      return false;
    case RequestParser::Progress::kRefused:
      break;
    case RequestParser::Progress::kDone:
      // Chunks are read behind the head, which does not move any more.
      if (parser_.head().chunked && in_.capacity() < kReadBytes) return GrowHead(kReadBytes);
      return OnHead();
  }
  const Refusal& refusal = parser_.refusal();
  return Refuse(refusal.status, refusal.code, refusal.detail);
}

bool Connection::OnHead() {
  const RequestHead& head = parser_.head();
  begin_ += parser_.head_bytes();
  body_begin_ = begin_;
  body_received_ = end_ - begin_;
  close_after_ = !head.keep_alive;
  request_.method = head.method;
  request_.path = head.path;
  request_.query = head.query;
  request_.headers = head.headers;
  // Anew each time: the handler may have put whom a proxy named in their place.
  request_.client = client_;
  request_.network = network_;
  request_.body = {};
  request_.content_length.reset();
  if (!head.chunked) request_.content_length = head.content_length;
  request_.received = loop_->clock().Now();
  request_.route = 0;
  request_.key_name = request_.page = {};
  const std::optional<Response> refused = loop_->handler().OnHead(request_);
  return refused ? AnswerEarly(*refused) : BeginBody();
}

// Answers a request whose body is not wanted. When little of the body is missing, it is dropped and
// the connection kept. Not so after "Expect: 100-continue": the client may now send its body, or
// leave it out and go on.
bool Connection::AnswerEarly(const Response& response) {
  const RequestHead& head = parser_.head();
  const std::size_t arrived = std::min<std::size_t>(head.content_length, end_ - begin_);
  const std::size_t missing = head.content_length - arrived;
  if (head.chunked || missing > (head.expects_continue ? 0 : kSkipBytesMax)) close_after_ = true;
  pause_ = response.status == 503;
  Format(response);
  begin_ += arrived;
  skip_ = missing;
  return Write(close_after_ ? AfterWrite::kLinger : AfterWrite::kNextRequest);
}

bool Connection::StepSkipping() {
  const std::size_t arrived = std::min(skip_, end_ - begin_);
  begin_ += arrived;
  skip_ -= arrived;
  if (begin_ == end_) begin_ = end_ = 0;
  if (skip_ > 0) {
    Read();
    return false;
  }
  AwaitRequest();
  return true;
}

bool Connection::BeginBody() {
  const RequestHead& head = parser_.head();
  body_apart_ = head.chunked || head.content_length > in_.capacity() - begin_;
  if (!body_apart_ && head.content_length <= body_received_) return BodyComplete();
  if (body_apart_ && !head.chunked) {
    if (!BeginBodyApart(head.content_length)) return false;
    begin_ = end_;
  }
  state_ = State::kBody;
  since_ = request_.received;
  deadline_ = since_ + loop_->options().body_deadline;
  if (head.expects_continue && body_received_ == 0) {
    out_.assign("HTTP/1.1 100 Continue\r\n\r\n");
    return Write(AfterWrite::kReadBody);
  }
  return true;
}

bool Connection::StepBody() {
  const RequestHead& head = parser_.head();
  if (!head.chunked) {
    const std::size_t have = body_apart_ ? body_.size() : end_ - begin_;
    if (have >= head.content_length) return BodyArrived();
    if (body_apart_ && !GrowBody()) return false;
    Read();
    return false;
  }
  const std::size_t room = body_.size() + (end_ - begin_);
  if (room > body_.capacity() && !GrowChunkedBody(room)) return false;
  std::size_t consumed = 0;
  const RequestParser::Progress progress = parser_.ParseChunks(Buffered(), body_, consumed);
  begin_ += consumed;
  if (progress == RequestParser::Progress::kDone) return BodyArrived();
  if (progress == RequestParser::Progress::kRefused) {
    const Refusal& refusal = parser_.refusal();
    return Refuse(refusal.status, refusal.code, refusal.detail);
  }
  // The head in front stays where it is: its views are in use.
  std::memmove(in_.data() + body_begin_, in_.data() + begin_, end_ - begin_);
  end_ -= begin_ - body_begin_;
  begin_ = body_begin_;
  if (end_ == in_.capacity()) {
    return Refuse(400, "malformed_request", "a chunk's header or the trailers are too long");
  }
  Read();
  return false;
}

bool Connection::BodyArrived() {
  request_.received = loop_->clock().Now();
  return BodyComplete();
}

// The body is there: in body_, or in place.
bool Connection::BodyComplete() {
  const bool apart = body_apart_ && body_.size() > 0;  // an empty body_ has no padding to read
  const char* const body = apart ? body_.data() : in_.data() + body_begin_;
  const std::size_t bytes = body_apart_ ? body_.size() : parser_.head().content_length;
  request_.body = {reinterpret_cast<const std::uint8_t*>(body), bytes};
  if (!body_apart_) begin_ += bytes;
  state_ = State::kHandling;
  loop_->requests_in_flight.Add(1);
  loop_->handler().Handle(request_, Responder(shared_from_this()));
  return true;
}

void Connection::Send(const Response& response) {
  if (state_ != State::kHandling) return;  // closed meanwhile
  Contain([&] {
    pause_ = response.status == 503;
    Format(response);
    loop_->requests_in_flight.Add(-1);
    const bool next = Write(close_after_ ? AfterWrite::kLinger : AfterWrite::kNextRequest);
    if (!next || processing_) return;
    // Answered later than Handle: the handler is on the stack and must not be entered again.
    // Besides, the next request is more often there to be read once the whole batch is answered.
    net::post(stream_.executor(),
              [self = shared_from_this()] { self->Contain([&] { self->Process(); }); });
  });
}

void Connection::Drop(std::shared_ptr<Sink> self) noexcept {
  if (drop_ == nullptr) return;  // a drop is on its way
  drop_->dropped = std::static_pointer_cast<Connection>(std::move(self));
  loop_->Post(std::move(drop_));
}

void Connection::AnswerDropped(std::unique_ptr<IoLoop::Task> task) {
  drop_ = std::move(task);
  if (state_ != State::kHandling) return;
  Contain([this] {
    std::string body;
    WriteProblem({Code::kInternal, "the request was dropped without an answer"}, body);
    Send({.status = 500, .content_type = kProblemType, .headers = {}, .body = body});
  });
}

// Answers for the handler and ends the connection. Always false: there is no next step.
bool Connection::Refuse(int status, std::string_view code, std::string_view detail) {
  const RequestHead& head = parser_.head();
  const Refused refused = {status, code, detail, client_, head.method, head.path};
  loop_->handler().OnRefused(refused);
  std::string body;
  const std::string_view type = loop_->handler().WriteRefusal(refused, body);
  close_after_ = true;
  const std::string_view headers = status == 503 ? "Retry-After: 1\r\n" : "";
  Format({.status = status, .content_type = type, .headers = headers, .body = body});
  Write(AfterWrite::kLinger);
  return false;
}

// Writes the answer: at once if the kernel takes it. Returns whether Process may go on.
bool Connection::Write(AfterWrite after) {
  state_ = State::kWriting;
  after_write_ = after;
  Stream::Error error;
  written_ = stream_.TryWrite(out_, out_lasting_, error);
  if (unwritten() == 0) return OnWritten();
  if (error) {
    Close();
    return false;
  }
  since_ = loop_->clock().Now();
  deadline_ = since_ + loop_->options().write_deadline;
  WriteRest();
  return false;
}

void Connection::WriteRest() {
  const std::string_view out = out_;
  const std::size_t of_out = std::min(written_, out.size());
  stream_.WriteSome(out.substr(of_out), out_lasting_.substr(written_ - of_out),
                    [self = shared_from_this()](const Stream::Error& error, std::size_t bytes) {
                      if (self->state_ != State::kWriting) return;
                      self->written_ += bytes;
                      if (error) return self->Close();
                      self->Contain([&] {
                        if (self->unwritten() > 0) return self->WriteRest();
                        if (self->OnWritten()) self->Process();
                      });
                    });
}

bool Connection::OnWritten() {
  if (out_.capacity() > kReadBytes) std::string().swap(out_);
  out_lasting_ = {};
  switch (after_write_) {
    case AfterWrite::kNextRequest:
      EndRequest();
      return true;
    case AfterWrite::kReadBody:
      state_ = State::kBody;
      since_ = loop_->clock().Now();
      deadline_ = since_ + loop_->options().body_deadline;
      return true;
    case AfterWrite::kLinger:
      Linger();
      return false;
  }
  return false;
}

void Connection::EndRequest() {
  if (begin_ == end_) begin_ = end_ = 0;
  ReleaseBuffers();
  AwaitRequest();
}

void Connection::AwaitRequest() {
  const ServerOptions& options = loop_->options();
  state_ = skip_ > 0 ? State::kSkipping : State::kIdle;
  since_ = loop_->clock().Now();
  deadline_ = since_ + (skip_ > 0 ? options.body_deadline : options.idle_deadline);
  if (state_ != State::kIdle || !pause_) return;
  pause_ = false;
  paused_ = true;
  loop_->ResumeLater(shared_from_this());
}

void Connection::Resume() {
  paused_ = false;
  if (state_ == State::kIdle) Contain([this] { Process(); });
}

// Says that no more will be written, then reads and drops what the client still sends for a while:
// closing at once would reset the connection and could destroy the answer on its way.
void Connection::Linger() {
  state_ = State::kLingering;
  if (!reading_) {
    begin_ = end_ = 0;
    ReleaseBuffers();
  }
  const std::chrono::milliseconds linger = loop_->draining() ? kDrainIdle : kLingerMax;
  deadline_ = loop_->clock().Now() + linger;
  if (!stream_.EndWriting()) return Close();
  if (!reading_) Read();
}

void Connection::Read() {
  net::mutable_buffer room(in_.data() + end_, in_.capacity() - end_);
  if (state_ == State::kLingering) {
    room = net::mutable_buffer(in_.data(), in_.capacity());
  } else if (state_ == State::kBody && body_apart_ && !parser_.head().chunked) {
    const std::size_t end = std::min<std::size_t>(body_.capacity(), parser_.head().content_length);
    room = net::mutable_buffer(body_.data() + body_.size(), end - body_.size());
  }
  reading_ = true;
  stream_.ReadSome(room,
                   [self = shared_from_this()](const Stream::Error& error, std::size_t bytes) {
                     self->Contain([&] { self->OnRead(error, bytes); });
                   });
}

void Connection::OnRead(const Stream::Error& error, std::size_t bytes) {
  reading_ = false;
  switch (state_) {
    case State::kIdle:
    case State::kHead:
    case State::kBody:
    case State::kSkipping:
      if (error) return Lose();
      if (state_ == State::kBody) body_received_ += bytes;
      if (state_ == State::kBody && body_apart_ && !parser_.head().chunked) {
        body_.set_size(body_.size() + bytes);
      } else {
        end_ += bytes;
      }
      return Process();
    case State::kLingering:
      if (error) return Close();
      return Read();
    case State::kHandling:
    case State::kWriting:  // being refused for its slowness
    case State::kClosed:
      return;
  }
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  if (state_ == State::kHandling) loop_->requests_in_flight.Add(-1);
  EndCounting();
  state_ = State::kClosed;
  gone_.store(true, std::memory_order_relaxed);
  stream_.Close();
  loop_->Forget(*this);
}

}  // namespace credence::http
