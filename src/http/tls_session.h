// TlsSession is the TLS of one connection, over its non-blocking socket. The first reads make the
// handshake. Confined to its loop's thread.
//
// OpenSSL works on the socket itself, not by boost::asio::ssl::stream: that one copies every byte
// twice more, and cannot write to a non-blocking socket at once, as a Stream does.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include "base/result.h"
#include "security/tls.h"

struct ssl_st;

namespace credence::http {

class TlsSession {
 public:
  using Error = boost::system::error_code;

  // Errors: kResourceExhausted - no memory. `fd` must stay open as long as this is used.
  static Result<std::unique_ptr<TlsSession>> Make(const security::TlsInForce& in_force, int fd);
  ~TlsSession();

  // Returns how many bytes were read. 0 with `error` would_block: wait for what needs_write() says
  // and call again; eof: the client has ended the session; connection_aborted: it broke TLS, why()
  // says how; else: it is gone.
  std::size_t Read(boost::asio::mutable_buffer room, Error& error);
  // Writes what the socket takes at once of `head` and then `tail`, and returns how many bytes that
  // is; the next call must go on there. `error` as of Read, without would_block.
  std::size_t WriteSome(std::string_view head, std::string_view tail, Error& error);
  // Whether the last call waits for the socket to take bytes, instead of to give some.
  bool needs_write() const { return needs_write_; }
  // Whether bytes have arrived from the socket that Read has not returned.
  bool HasPending() const;
  // Tells the client that nothing more will be written.
  void EndWriting();

  // Set while the handshake is not done.
  bool in_handshake() const;
  // What went wrong, for people; static storage; empty when nothing did.
  std::string_view why() const { return why_; }

 private:
  explicit TlsSession(ssl_st* ssl);
  std::size_t Write(std::string_view bytes, Error& error);
  std::size_t Judge(int status, std::size_t bytes, Error& error);

  const std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  bool needs_write_ = false;
  std::string_view why_;
};

}  // namespace credence::http
