// The memory of a connection: small while it waits, counted when it grows.
#include <algorithm>
#include <utility>

#include "http/connection.h"
#include "http/problem.h"

namespace credence::http {
namespace {

constexpr std::size_t kBodyFirstBytes = 256 * 1024;

}  // namespace

Connection::~Connection() {
  if (memory_ != nullptr) memory_->Freed(kFirstBytes);
}

// Makes room behind what has arrived, which moves: it is parsed again.
bool Connection::GrowHead(std::size_t capacity) {
  parser_.Reset();
  if (!Hold(capacity, body_.capacity()) || !in_.Reserve(capacity)) {
    return RefuseForMemory("the request's head", capacity);
  }
  return true;
}

bool Connection::RefuseForMemory(std::string_view what, std::size_t bytes) {
  if (memory_ == nullptr) return Refuse(503, "resource_exhausted", "out of memory");
  const Error error = OverBudget(*memory_, ByteUse::kBody, what, bytes);
  return Refuse(StatusOf(error.code), CodeName(error.code), error.message);
}

// Keeps a small buffer for heads and, for a while, a moderate one for bodies.
void Connection::ReleaseBuffers() {
  body_.set_size(0);
  if (body_.capacity() > kReadBytes) body_.Release();
  ByteBuffer first;
  if (in_.capacity() > kFirstBytes && begin_ == end_ && first.Reserve(kFirstBytes)) {
    in_ = std::move(first);
  }
  static_cast<void>(Hold(in_.capacity(), body_.capacity()));  // less than before
}

void Connection::ReleaseBody() {
  body_.Release();
  static_cast<void>(Hold(in_.capacity(), 0));  // less than before, or the same
}

// Counts buffers of these capacities; false if they do not fit.
bool Connection::Hold(std::size_t in_capacity, std::size_t body_capacity) {
  return held_.Resize((in_capacity > kFirstBytes ? in_capacity : 0) + body_capacity);
}

// Moves what has arrived of a body of this length to body_. These four return false when there is
// no memory, and the request is refused.
bool Connection::BeginBodyApart(std::size_t length) {
  if (memory_ != nullptr && length > memory_->Most(ByteUse::kBody)) {
    return RefuseForMemory("the body", length);
  }
  if (!ReserveBody(std::max(Buffered().size(), std::min(length, kBodyFirstBytes)))) return false;
  return body_.Append(Buffered());  // it fits
}

// Room for more of a body whose length is known: doubling, so that a client that only claims a
// large body gets no large buffer.
bool Connection::GrowBody() {
  const std::size_t length = parser_.head().content_length;
  if (body_.size() < body_.capacity()) return true;
  return ReserveBody(std::min(length, std::max(kBodyFirstBytes, 2 * body_.capacity())));
}

// `room`: for what has arrived, chunk headers included.
bool Connection::GrowChunkedBody(std::size_t room) {
  const std::size_t doubled = std::min(2 * body_.capacity(), loop_->options().body_bytes_max);
  return ReserveBody(std::max(room, doubled));
}

bool Connection::ReserveBody(std::size_t capacity) {
  const std::size_t wanted = std::max(capacity, body_.capacity());
  if (Hold(in_.capacity(), wanted) && body_.Reserve(wanted)) return true;
  return RefuseForMemory("the body", wanted);
}

}  // namespace credence::http
