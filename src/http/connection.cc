#include "http/connection.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "http/problem.h"
#include "http/response_head.h"

namespace credence::http {
namespace {

namespace net = boost::asio;

constexpr std::size_t kReadBytes = 64 * 1024;  // of one read; larger buffers are given back
constexpr std::size_t kBodyFirstBytes = 256 * 1024;
constexpr std::chrono::seconds kRateGrace{5};    // body_rate_min is judged after this
constexpr std::chrono::seconds kLingerMax{2};    // for the client to see the last answer and close
constexpr std::size_t kCopyBytesMax = 4 * 1024;  // a lasting body up to this size is copied, too

}  // namespace

Connection::Connection(std::shared_ptr<IoLoop> loop, Stream stream, Role role, std::string client)
    : loop_(std::move(loop)),
      stream_(std::move(stream)),
      client_(std::move(client)),
      parser_(loop_->options().header_bytes_max, loop_->options().body_bytes_max) {
  request_.client = client_;
  request_.role = role;
}

void Connection::Start() {
  if (!stream_.Start() ||
      !in_.Reserve(std::max(kReadBytes, 2 * loop_->options().header_bytes_max))) {
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
    case RequestParser::Progress::kDone:
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
  request_.body = {};
  request_.content_length.reset();
  if (!head.chunked) request_.content_length = head.content_length;
  request_.received = loop_->clock().Now();
  request_.route = 0;
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
    if (!GrowBody() || !body_.Append(Buffered())) {
      return Refuse(503, "resource_exhausted", "out of memory");
    }
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
    if (body_apart_ && !GrowBody()) return Refuse(503, "resource_exhausted", "out of memory");
    Read();
    return false;
  }
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
  loop_->requests_in_flight.Add(-1);
  Format(response);
  const bool next = Write(close_after_ ? AfterWrite::kLinger : AfterWrite::kNextRequest);
  if (!next || processing_) return;
  // Answered later than Handle: the handler is on the stack and must not be entered again. Besides,
  // the next request is more often there to be read once the whole batch has been answered.
  net::post(stream_.executor(), [self = shared_from_this()] { self->Process(); });
}

void Connection::Format(const Response& response) {
  close_after_ = close_after_ || loop_->draining();
  const RequestHead& head = parser_.head();
  out_.clear();
  AppendHead(
      response,
      {.common_headers = loop_->common_headers(), .close = close_after_, .http_1_1 = head.http_1_1},
      out_);
  out_lasting_ = {};
  if (IsBodiless(response.status) || head.method == "HEAD") return;
  if (response.lasts && response.body.size() > kCopyBytesMax) {
    out_lasting_ = response.body;
  } else {
    out_.append(response.body);
  }
}

// Answers for the handler and ends the connection. Always false: there is no next step.
bool Connection::Refuse(int status, std::string_view code, std::string_view detail) {
  const RequestHead& head = parser_.head();
  const Refused refused = {status, code, detail, client_, head.method, head.path};
  loop_->handler().OnRefused(refused);
  std::string body;
  const std::string_view type = loop_->handler().WriteRefusal(refused, body);
  close_after_ = true;
  Format({.status = status, .content_type = type, .headers = {}, .body = body});
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
                      if (self->unwritten() > 0) return self->WriteRest();
                      if (self->OnWritten()) self->Process();
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
  body_.set_size(0);
  if (body_.capacity() > kReadBytes) body_.Release();
  AwaitRequest();
}

void Connection::AwaitRequest() {
  const ServerOptions& options = loop_->options();
  state_ = skip_ > 0 ? State::kSkipping : State::kIdle;
  since_ = loop_->clock().Now();
  deadline_ = since_ + (skip_ > 0 ? options.body_deadline : options.idle_deadline);
}

// Says that no more will be written, then reads and drops what the client still sends for a while:
// closing at once would reset the connection and could destroy the answer on its way.
void Connection::Linger() {
  state_ = State::kLingering;
  const std::chrono::milliseconds linger = loop_->draining() ? kDrainIdle : kLingerMax;
  deadline_ = loop_->clock().Now() + linger;
  if (!stream_.EndWriting()) return Close();
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
  stream_.ReadSome(room,
                   [self = shared_from_this()](const Stream::Error& error, std::size_t bytes) {
                     self->OnRead(error, bytes);
                   });
}

void Connection::OnRead(const Stream::Error& error, std::size_t bytes) {
  reading_ = false;
  switch (state_) {
    case State::kIdle:
    case State::kHead:
    case State::kBody:
    case State::kSkipping:
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
    case State::kIdle:
    case State::kSkipping:
      return SweepIdle(now);
    case State::kHead:
      if (late) Refuse(408, "request_timeout", "the header took longer than its deadline");
      return;
    case State::kBody:
      return SweepBody(now);
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
  if (state_ == State::kSkipping || (reading_ && !stream_.HasUnread())) Linger();
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
  stream_.Close();
  loop_->Forget(*this);
}

}  // namespace credence::http
