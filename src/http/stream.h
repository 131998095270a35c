// Stream is how bytes come from a client and go to it. Only a Stream touches a connection's socket:
// TLS is to be a second kind of stream with the same calls. Confined to its loop's thread.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace credence::http {

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

class Stream {
 public:
  using Error = boost::system::error_code;

  explicit Stream(Socket socket) : socket_(std::move(socket)) {}

  // Before any other call; false when the socket is dead already.
  [[nodiscard]] bool Start() {
    Error error;
    socket_.non_blocking(true, error);
    return !error;
  }
  // Writes what the kernel takes at once of `head` and then `tail`. Returns how many bytes that is;
  // `error` is set when the client is gone.
  std::size_t TryWrite(std::string_view head, std::string_view tail, Error& error) {
    const std::size_t written = tail.empty() ? socket_.write_some(boost::asio::buffer(head), error)
                                             : socket_.write_some(Buffers(head, tail), error);
    if (error == boost::asio::error::would_block) error = {};
    return written;
  }
  // Calls `done(error, bytes)` once some of it has been written.
  template <class Done>
  void WriteSome(std::string_view head, std::string_view tail, Done&& done) {
    socket_.async_write_some(Buffers(head, tail), std::forward<Done>(done));
  }
  // Calls `done(error, bytes)` once some bytes have arrived in `room`.
  template <class Done>
  void ReadSome(boost::asio::mutable_buffer room, Done&& done) {
    socket_.async_read_some(room, std::forward<Done>(done));
  }
  // Whether bytes have arrived that were not read.
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
    socket_.shutdown(Socket::shutdown_send, error);
    return !error;
  }
  void Close() {
    Error error;
    socket_.close(error);
  }
  Executor executor() { return socket_.get_executor(); }

 private:
  static std::array<boost::asio::const_buffer, 2> Buffers(std::string_view head,
                                                          std::string_view tail) {
    return {boost::asio::buffer(head), boost::asio::buffer(tail)};
  }

  Socket socket_;
};

}  // namespace credence::http
