// Stream is how bytes come from a client and go to it, plain or by TLS. Only a Stream touches a
// connection's socket. Without TLS it costs a comparison with null a call. Confined to its loop's
// thread; what waits in it must keep it alive.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "base/contain.h"
#include "http/tls_session.h"

namespace credence::http {

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

class Stream {
 public:
  using Error = boost::system::error_code;

  // `tls`: over the same socket; null: plain.
  explicit Stream(Socket socket, std::unique_ptr<TlsSession> tls = nullptr)
      : socket_(std::move(socket)), tls_(std::move(tls)) {}

  // Before any other call; false when the socket is dead already.
  [[nodiscard]] bool Start() {
    Error error;
    socket_.non_blocking(true, error);
    return !error;
  }
  // Writes what the kernel takes at once of `head` and then `tail`. Returns how many bytes that is;
  // `error` is set when the client is gone.
  std::size_t TryWrite(std::string_view head, std::string_view tail, Error& error) {
    if (tls_ != nullptr) return tls_->WriteSome(head, tail, error);
    const std::size_t written = tail.empty() ? socket_.write_some(boost::asio::buffer(head), error)
                                             : socket_.write_some(Buffers(head, tail), error);
    if (error == boost::asio::error::would_block) error = {};
    return written;
  }
  // Calls `done(error, bytes)` once some of it has been written; of TLS the bytes may be 0.
  template <class Done>
  void WriteSome(std::string_view head, std::string_view tail, Done&& done) {
    if (tls_ != nullptr) return WriteTls(head, tail, std::forward<Done>(done));
    socket_.async_write_some(Buffers(head, tail), std::forward<Done>(done));
  }
  // Calls `done(error, bytes)` once some bytes have arrived in `room`.
  template <class Done>
  void ReadSome(boost::asio::mutable_buffer room, Done&& done) {
    if (tls_ == nullptr) return socket_.async_read_some(room, std::forward<Done>(done));
    if (!tls_->HasPending()) return ReadTls(room, std::forward<Done>(done));
    boost::asio::post(executor(), [this, room, done = std::forward<Done>(done)]() mutable {
      TakeTls(room, std::move(done));
    });
  }
  // Whether bytes have arrived that were not read. Part of a message of TLS has been read.
  bool HasUnread() {
    Error error;
    return socket_.available(error) > 0;
  }
  // Whether the client has closed the connection, or its end of it.
  bool HasEnded() {
    pollfd state{socket_.native_handle(), POLLRDHUP, 0};
    return ::poll(&state, 1, 0) > 0;
  }
  // Tells the client that nothing more will be written; false when it is gone.
  [[nodiscard]] bool EndWriting() {
    Error error;
    if (tls_ != nullptr) tls_->EndWriting();
    socket_.shutdown(Socket::shutdown_send, error);
    return !error;
  }
  void Close() {
    Error error;
    socket_.close(error);
  }
  Executor executor() { return socket_.get_executor(); }
  // How the client broke TLS, for people; empty: it did not.
  std::string_view tls_broken() const { return tls_ == nullptr ? "" : tls_->why(); }

 private:
  static std::array<boost::asio::const_buffer, 2> Buffers(std::string_view head,
                                                          std::string_view tail) {
    return {boost::asio::buffer(head), boost::asio::buffer(tail)};
  }

  // Waits for what TLS waits for, then reads.
  template <class Done>
  void ReadTls(boost::asio::mutable_buffer room, Done&& done) {
    const auto what = tls_->needs_write() ? Socket::wait_write : Socket::wait_read;
    socket_.async_wait(what,
                       [this, room, done = std::forward<Done>(done)](const Error& error) mutable {
                         if (error) return done(error, std::size_t{0});
                         TakeTls(room, std::move(done));
                       });
  }
  template <class Done>
  void TakeTls(boost::asio::mutable_buffer room, Done&& done) {
    if (!socket_.is_open()) {  // closed after it became ready: its number may be another's
      return done(Error(boost::asio::error::operation_aborted), std::size_t{0});
    }
    Error error;
    const std::size_t bytes = tls_->Read(room, error);
    if (error != boost::asio::error::would_block) return done(error, bytes);
    // What cannot be waited for would never be told.
    if (Attempt([&] { ReadTls(room, done); })) done(Error(boost::asio::error::no_memory), 0);
  }
  template <class Done>
  void WriteTls(std::string_view head, std::string_view tail, Done&& done) {
    socket_.async_wait(Socket::wait_write,
                       [this, head, tail, done = std::forward<Done>(done)](Error error) mutable {
                         if (!error && !socket_.is_open())
                           error = boost::asio::error::operation_aborted;
                         if (error) return done(error, std::size_t{0});
                         const std::size_t bytes = tls_->WriteSome(head, tail, error);
                         done(error, bytes);
                       });
  }

  Socket socket_;
  std::unique_ptr<TlsSession> tls_;  // null: plain
};

}  // namespace credence::http
