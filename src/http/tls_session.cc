#include "http/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include <boost/asio/error.hpp>

namespace credence::http {
namespace {

namespace net = boost::asio;

constexpr std::string_view kPlainHttp =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 41\r\n"
    "Connection: close\r\n\r\nThis port speaks HTTPS; ask by https://.\n";

int FdOf(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

// OpenSSL's own BIO of a socket writes by write(2), which raises SIGPIPE.
int ReadSocket(BIO* bio, char* room, int bytes) {
  BIO_clear_retry_flags(bio);
  const auto got = ::recv(FdOf(bio), room, static_cast<std::size_t>(bytes), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

int WriteSocket(BIO* bio, const char* data, int bytes) {
  BIO_clear_retry_flags(bio);
  const auto put = ::send(FdOf(bio), data, static_cast<std::size_t>(bytes), MSG_NOSIGNAL);
  if (put < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(put);
}

long Control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

// Made once, by whichever thread comes first; as long-lived as the process.
BIO_METHOD* SocketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "credence socket");
    if (made == nullptr) return made;
    BIO_meth_set_read(made, ReadSocket);
    BIO_meth_set_write(made, WriteSocket);
    BIO_meth_set_ctrl(made, Control);
    return made;
  }();
  return method;
}

}  // namespace

Result<std::unique_ptr<TlsSession>> TlsSession::Make(const security::TlsInForce& in_force, int fd) {
  SSL* const ssl = SSL_new(in_force.context.get());
  BIO* const bio = SocketMethod() == nullptr ? nullptr : BIO_new(SocketMethod());
  if (ssl == nullptr || bio == nullptr) {
    SSL_free(ssl);
    BIO_free(bio);
    return credence::Error{Code::kResourceExhausted, "out of memory"};
  }
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_accept_state(ssl);
  return std::unique_ptr<TlsSession>(new TlsSession(ssl));
}

TlsSession::TlsSession(ssl_st* ssl) : ssl_(ssl, SSL_free) {}
TlsSession::~TlsSession() = default;

bool TlsSession::HasPending() const { return SSL_has_pending(ssl_.get()) == 1; }
bool TlsSession::in_handshake() const { return SSL_is_init_finished(ssl_.get()) == 0; }

std::size_t TlsSession::Read(net::mutable_buffer room, Error& error) {
  ERR_clear_error();
  std::size_t bytes = 0;
  const int status = SSL_read_ex(ssl_.get(), room.data(), room.size(), &bytes);
  return Judge(status, bytes, error);
}

std::size_t TlsSession::Write(std::string_view bytes, Error& error) {
  ERR_clear_error();
  std::size_t written = 0;
  const int status = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
  return Judge(status, written, error);
}

std::size_t TlsSession::WriteSome(std::string_view head, std::string_view tail, Error& error) {
  std::size_t written = 0;
  error = {};
  while (written < head.size() + tail.size() && !error) {
    written += written < head.size() ? Write(head.substr(written), error)
                                     : Write(tail.substr(written - head.size()), error);
  }
  if (error == net::error::would_block) error = {};
  return written;
}

// Of what a call to OpenSSL has returned.
std::size_t TlsSession::Judge(int status, std::size_t bytes, Error& error) {
  error = {};
  if (status == 1) return bytes;
  switch (SSL_get_error(ssl_.get(), status)) {
    case SSL_ERROR_WANT_READ:
      needs_write_ = false;
      error = net::error::would_block;
      return 0;
    case SSL_ERROR_WANT_WRITE:
      needs_write_ = true;
      error = net::error::would_block;
      return 0;
    case SSL_ERROR_ZERO_RETURN:
      error = net::error::eof;
      return 0;
    case SSL_ERROR_SSL: {
      const unsigned long code = ERR_peek_error();
      const char* const reason = ERR_reason_error_string(code);
      why_ = reason == nullptr ? "a message of TLS is malformed" : reason;
      if (in_handshake() && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST) {
        why_ = "HTTP without TLS on a port that speaks HTTPS";
        WriteSocket(SSL_get_wbio(ssl_.get()), kPlainHttp.data(),
                    static_cast<int>(kPlainHttp.size()));
      }
      error = net::error::connection_aborted;
      return 0;
    }
    default:
      error = net::error::connection_reset;
      return 0;
  }
}

void TlsSession::EndWriting() {
  ERR_clear_error();
  if (!in_handshake() && why_.empty()) SSL_shutdown(ssl_.get());
}

}  // namespace credence::http
