#include "load/connection.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace credence::bench {
namespace {

int PendingError(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

Failure OfConnect(int error) {
  return error == ECONNREFUSED ? Failure::kConnectRefused : Failure::kConnectFailed;
}

}  // namespace

Outcome Connection::Begin(const std::string& request, const sockaddr_in& target, int epoll) {
  request_ = &request;
  written_ = 0;
  write_error_ = 0;
  parser_.Reset();
  if (fd_ < 0) {
    return Connect(target, epoll);
  }
  state_ = State::kBusy;
  return Write();
}

Outcome Connection::Connect(const sockaddr_in& target, int epoll) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) {
    return Fail(Failure::kConnectFailed);
  }
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int connected =
      connect(fd_, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0 ? 0 : errno;
  if (connected != 0 && connected != EINPROGRESS) {
    return Fail(OfConnect(connected));
  }
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = this}};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd_, &event) != 0) {
    return Fail(Failure::kConnectFailed);
  }
  if (connected == EINPROGRESS) {
    state_ = State::kConnecting;
    return {};
  }
  state_ = State::kBusy;
  return Write();
}

Outcome Connection::Continue(std::uint32_t events, std::span<char> buffer) {
  if (fd_ < 0) {
    return {};  // an event of the socket before this one
  }
  const bool peer_closed = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (state_ == State::kConnecting) {
    if (const int error = PendingError(fd_); error != 0) {
      return Fail(OfConnect(error));
    }
    if ((events & EPOLLOUT) == 0) {
      return {};
    }
    state_ = State::kBusy;
  }
  if (state_ == State::kIdle) {
    if (!peer_closed && (events & EPOLLIN) == 0) {
      return {};
    }
    if (!peer_closed && !GoneWhileIdle()) {
      return {};
    }
    Close();
    return {.kind = Outcome::Kind::kIdleClosed};
  }
  if (written_ < request_->size()) {
    if (const Outcome outcome = Write(); outcome.kind != Outcome::Kind::kPending) {
      return outcome;
    }
  }
  return (events & EPOLLIN) != 0 || peer_closed ? Read(peer_closed, buffer) : Outcome{};
}

// A broken connection is not a failure yet: the answer may have come before the whole request was
// written (413, 503). Read tells, from the event that follows.
Outcome Connection::Write() {
  while (written_ < request_->size() && write_error_ == 0) {
    const ssize_t n =
        send(fd_, request_->data() + written_, request_->size() - written_, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EAGAIN) {
        break;
      }
      write_error_ = errno;
      return written_ == 0 ? Fail(Failure::kWriteRefused) : Outcome{};
    }
    written_ += static_cast<std::size_t>(n);
  }
  return {};
}

Outcome Connection::Read(bool peer_closed, std::span<char> buffer) {
  for (;;) {
    const ssize_t n = recv(fd_, buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EAGAIN) {
      return {};
    }
    if (n <= 0) {
      return Ended(n < 0 ? errno : 0);
    }
    const auto size = static_cast<std::size_t>(n);
    switch (parser_.Feed({buffer.data(), size})) {
      case AnswerParser::State::kError:
        return Fail(Failure::kBadAnswer);
      case AnswerParser::State::kDone:
        if (peer_closed || parser_.closes() || written_ < request_->size()) {
          Close();
        }
        state_ = State::kIdle;
        return {.kind = Outcome::Kind::kAnswered, .status = parser_.status()};
      case AnswerParser::State::kMore:
        break;
    }
    if (size < buffer.size() && !peer_closed) {
      return {};
    }
  }
}

// The stream ended without a whole answer. The socket's error tells who was first: when the
// server's end of stream came before its reset, Linux reports EPIPE; ECONNRESET means that it
// closed with unread data; neither means that it had read all and closed in order.
Outcome Connection::Ended(int error) {
  if (write_error_ != 0) {
    error = write_error_;
  } else if (error == 0) {
    error = PendingError(fd_);
  }
  if (parser_.started()) {
    return Fail(Failure::kTruncated);
  }
  if (error == EPIPE) {
    return Fail(Failure::kPeerClosedFirst);
  }
  const bool all_read = error == 0 && written_ == request_->size();
  return Fail(all_read ? Failure::kClosedUnanswered : Failure::kResetUnread);
}

Outcome Connection::Fail(Failure failure) {
  Close();
  return {.kind = Outcome::Kind::kFailed, .failure = failure};
}

void Connection::Close() {
  if (fd_ >= 0) {
    close(fd_);
  }
  fd_ = -1;
  state_ = State::kIdle;
}

bool Connection::GoneWhileIdle() const {
  char byte = 0;
  const ssize_t n = recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n >= 0 || errno != EAGAIN;
}

}  // namespace credence::bench
