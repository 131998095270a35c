#include "http/connection.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "http/problem.h"

namespace credence::http {
namespace {

namespace net = boost::asio;
using net::ip::tcp;

constexpr std::size_t kReadBytes =
    64 * 1024;  // what one read can take; larger buffers are given back
constexpr std::size_t kBodyFirstBytes = 256 * 1024;
constexpr std::chrono::seconds kRateGrace{5};  // body_rate_min is judged after this
constexpr std::chrono::seconds kLingerMax{2};  // for the client to see the last answer and close

void AppendNumber(std::string& out, std::size_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

Connection::Connection(std::shared_ptr<IoLoop> loop, Socket socket, std::string client)
    : loop_(std::move(loop)),
      socket_(std::move(socket)),
      client_(std::move(client)),
      parser_(loop_->options().header_bytes_max, loop_->options().body_bytes_max) {}

void Connection::Start() {
  boost::system::error_code error;
  socket_.non_blocking(true, error);
  if (error || !in_.Reserve(std::max(kReadBytes, 2 * loop_->options().header_bytes_max))) {
    return Close();
  }
  since_ = loop_->clock().Now();
  deadline_ = since_ + loop_->options().header_deadline;
  Read();
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
      if (begin_ == end_) {
        Read();
        return false;
      }
      BeginRequest();
      return true;
    case State::kHead: return StepHead();
    case State::kBody: return StepBody();
    case State::kHandling:
    case State::kWriting:
    case State::kLingering:
    case State::kClosed: return false;
  }
  return false;
}

void Connection::BeginRequest() {
  state_ = State::kHead;
  since_ = loop_->clock().Now();
  deadline_ = since_ + loop_->options().header_deadline;
  if (in_.capacity() - begin_ < loop_->options().header_bytes_max) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  parser_.Reset();
}

bool Connection::StepHead() {
  switch (parser_.ParseHead(Buffered())) {
    case RequestParser::Progress::kNeedMore:
      Read();
      return false;
    case RequestParser::Progress::kRefused:
      break;
    case RequestParser::Progress::kDone: return BeginBody();
  }
  const Refusal& refusal = parser_.refusal();
  return Refuse(refusal.status, refusal.code, refusal.detail);
}

bool Connection::BeginBody() {
  const RequestHead& head = parser_.head();
  begin_ += parser_.head_bytes();
  body_begin_ = begin_;
  body_received_ = end_ - begin_;
  body_apart_ = head.chunked || head.content_length > in_.capacity() - begin_;
  if (body_apart_ && !head.chunked) {
    if (!GrowBody() || !body_.Append(Buffered())) {
      return Refuse(503, "resource_exhausted", "out of memory");
    }
    begin_ = end_;
  }
  if (!head.chunked && head.content_length == 0) return Dispatch();
  state_ = State::kBody;
  since_ = loop_->clock().Now();
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
    if (have >= head.content_length) return BodyComplete();
    if (body_apart_ && !GrowBody()) return Refuse(503, "resource_exhausted", "out of memory");
    Read();
    return false;
  }
  std::size_t consumed = 0;
  const RequestParser::Progress progress = parser_.ParseChunks(Buffered(), body_, consumed);
  begin_ += consumed;
  if (progress == RequestParser::Progress::kDone) return BodyComplete();
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

bool Connection::BodyComplete() {
  if (!body_apart_) begin_ += parser_.head().content_length;
  return Dispatch();
}

bool Connection::Dispatch() {
  const RequestHead& head = parser_.head();
  const char* const body =
      body_apart_ && body_.size() > 0 ? body_.data() : in_.data() + body_begin_;
  const std::size_t body_bytes = body_apart_ ? body_.size() : head.content_length;
  request_.method = head.method;
  request_.path = head.path;
  request_.query = head.query;
  request_.headers = head.headers;
  request_.body = {reinterpret_cast<const std::uint8_t*>(body), body_bytes};
  request_.client = client_;
  request_.received = loop_->clock().Now();
  close_after_ = !head.keep_alive;
  state_ = State::kHandling;
  loop_->requests_in_flight.Add(1);
  if (head.path == "*") {  // OPTIONS about the server as a whole
    Send({.status = 204,
          .content_type = {},
          .headers = "Allow: GET, HEAD, POST, OPTIONS\r\n",
          .body = {}});
  } else {
    loop_->handler().Handle(request_, Responder(shared_from_this()));
  }
  return true;
}

void Connection::Send(const Response& response) {
  if (state_ != State::kHandling) return;  // closed meanwhile
  loop_->requests_in_flight.Add(-1);
  Format(response);
  const bool next = Write(close_after_ ? AfterWrite::kLinger : AfterWrite::kNextRequest);
  if (!next || processing_) return;
  // Answered later than Handle, the handler is on the stack and must not be entered again; and when
  // the whole batch has been answered, the next request is more often there to be read.
  net::post(socket_.get_executor(), [self = shared_from_this()] { self->Process(); });
}

void Connection::Format(const Response& response) {
  close_after_ = close_after_ || loop_->draining();
  const RequestHead& head = parser_.head();
  const bool bodiless = response.status == 204 || response.status == 304;
  out_.assign("HTTP/1.1 ");
  AppendNumber(out_, static_cast<std::size_t>(response.status));
  out_.push_back(' ');
  out_.append(ReasonPhrase(response.status)).append("\r\n");
  out_.append(loop_->common_headers());
  if (!bodiless) {
    if (!response.content_type.empty()) {
      out_.append("Content-Type: ").append(response.content_type).append("\r\n");
    }
    out_.append("Content-Length: ");
    AppendNumber(out_, response.body.size());
    out_.append("\r\n");
  }
  if (close_after_) {
    out_.append("Connection: close\r\n");
  } else if (!head.http_1_1) {
    out_.append("Connection: keep-alive\r\n");
  }
  out_.append(response.headers).append("\r\n");
  if (!bodiless && head.method != "HEAD") out_.append(response.body);
}

// Answers for the handler and ends the connection. Always false: there is no next step.
bool Connection::Refuse(int status, std::string_view code, std::string_view detail) {
  loop_->handler().OnRefused(status, detail, client_);
  std::string body;
  WriteProblem(status, code, detail, body);
  close_after_ = true;
  Format({.status = status, .content_type = kProblemType, .headers = {}, .body = body});
  Write(AfterWrite::kLinger);
  return false;
}

// Writes out_: at once if the kernel takes it. Returns whether Process may go on.
bool Connection::Write(AfterWrite after) {
  state_ = State::kWriting;
  after_write_ = after;
  boost::system::error_code error;
  written_ = socket_.write_some(net::buffer(out_), error);
  if (written_ == out_.size()) return OnWritten();
  if (error && error != net::error::would_block) {
    Close();
    return false;
  }
  since_ = loop_->clock().Now();
  deadline_ = since_ + loop_->options().write_deadline;
  WriteRest();
  return false;
}

void Connection::WriteRest() {
  socket_.async_write_some(
      net::buffer(out_.data() + written_, out_.size() - written_),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
        if (self->state_ != State::kWriting) return;
        self->written_ += bytes;
        if (error) return self->Close();
        if (self->written_ < self->out_.size()) return self->WriteRest();
        if (self->OnWritten()) self->Process();
      });
}

bool Connection::OnWritten() {
  if (out_.capacity() > kReadBytes) std::string().swap(out_);
  since_ = loop_->clock().Now();
  switch (after_write_) {
    case AfterWrite::kNextRequest:
      state_ = State::kIdle;
      deadline_ = since_ + loop_->options().idle_deadline;
      EndRequest();
      return true;
    case AfterWrite::kReadBody:
      state_ = State::kBody;
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
  body_.set_size(0);
  if (body_.capacity() > kReadBytes) body_.Release();
}

// Says that no more will be written, then takes what the client still sends for a while: closing at
// once would reset the connection and could destroy the answer on its way.
void Connection::Linger() {
  state_ = State::kLingering;
  const std::chrono::milliseconds linger = loop_->draining() ? kDrainIdle : kLingerMax;
  deadline_ = loop_->clock().Now() + linger;
  boost::system::error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  if (error) return Close();
  if (!reading_) Read();
}

// Room for more of a body whose length is known: doubling, so that a client that only claims a
// large body gets no large buffer.
bool Connection::GrowBody() {
  const std::size_t length = parser_.head().content_length;
  if (body_.size() < body_.capacity()) return true;
  return body_.Reserve(std::min(length, std::max(kBodyFirstBytes, 2 * body_.capacity())));
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
  socket_.async_read_some(
      room, [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
        self->OnRead(error, bytes);
      });
}

void Connection::OnRead(const boost::system::error_code& error, std::size_t bytes) {
  reading_ = false;
  switch (state_) {
    case State::kIdle:
    case State::kHead:
    case State::kBody:
      if (error) return Close();
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

void Connection::Sweep(SteadyTime now) {
  const bool late = now >= deadline_;
  switch (state_) {
    case State::kIdle: return SweepIdle(now);
    case State::kHead:
      if (late) Refuse(408, "request_timeout", "the header took longer than its deadline");
      return;
    case State::kBody: return SweepBody(now);
    case State::kWriting:
    case State::kLingering:
      if (late) Close();
      return;
    case State::kHandling:
    case State::kClosed:
      return;
  }
}

void Connection::SweepIdle(SteadyTime now) {
  if (now < deadline_ && !(loop_->draining() && now - since_ >= kDrainIdle)) return;
  boost::system::error_code error;
  if (reading_ && socket_.available(error) == 0) Linger();
}

void Connection::SweepBody(SteadyTime now) {
  const ServerOptions& options = loop_->options();
  const std::chrono::duration<double> taken = now - since_;
  if (now >= deadline_) {
    Refuse(408, "request_timeout",
           "the body took longer than " + std::to_string(options.body_deadline.count()) + " ms");
  } else if (taken >= kRateGrace &&
             static_cast<double>(body_received_) <
                 taken.count() * static_cast<double>(options.body_rate_min)) {
    Refuse(408, "request_timeout",
           "the body arrives at less than " + std::to_string(options.body_rate_min) +
               " bytes a second");
  }
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  if (state_ == State::kHandling) loop_->requests_in_flight.Add(-1);
  state_ = State::kClosed;
  boost::system::error_code error;
  socket_.close(error);
  loop_->Forget(*this);
}

}  // namespace credence::http
