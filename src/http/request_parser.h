// RequestParser turns the bytes of one request into its head and its body without chunk framing, or
// refuses them. Pure: no sockets, no clock. Boost.Beast parses; some of what Beast accepts a server
// must not (RFC 9112, request smuggling), so it also refuses:
//   400  Content-Length twice, malformed or together with Transfer-Encoding; a Transfer-Encoding
//        other than exactly "chunked", or in HTTP/1.0; no Host in HTTP/1.1; Host twice or
//        malformed; a folded header; a target that is neither "/…", "http://host…" nor "OPTIONS *"
//   413  a body over `body_bytes_max`, as soon as its length or its next chunk's is known
//   414  a target over kTargetBytesMax
//   417  an Expect other than 100-continue
//   431  a head over `header_bytes_max`
//   505  an HTTP version other than 1.0 and 1.1
// Threads: thread-compatible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/byte_buffer.h"

namespace credence::http {

inline constexpr std::size_t kTargetBytesMax = 8 * 1024;

// Views into the bytes that were parsed.
struct RequestHead {
  std::string_view method;
  std::string_view path;  // starts with '/', or "*"
  std::string_view query;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::uint64_t content_length = 0;
  bool http_1_1 = false;
  bool keep_alive = false;
  bool chunked = false;
  bool expects_continue = false;
};

struct Refusal {
  int status = 400;
  std::string_view code;  // stable name
  std::string detail;
};

class RequestParser {
 public:
  enum class Progress { kNeedMore, kDone, kRefused };

  RequestParser(std::size_t header_bytes_max, std::size_t body_bytes_max);
  ~RequestParser();

  // Forgets everything: a new request begins.
  void Reset();

  // `bytes`: all that has arrived of the request, from its first byte on, at the same address in
  // each call.
  Progress ParseHead(std::string_view bytes);
  // REQUIRES for these two: ParseHead said kDone.
  const RequestHead& head() const;
  std::size_t head_bytes() const;

  // Appends to `body`. `bytes` is what follows the head, or what earlier calls have consumed; sets
  // `consumed` to how many of them it used. On kDone the rest belongs to the next request. Trailers
  // are dropped.
  // REQUIRES: head().chunked, and not yet kDone.
  Progress ParseChunks(std::string_view bytes, ByteBuffer& body, std::size_t& consumed);

  // REQUIRES: kRefused.
  const Refusal& refusal() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace credence::http
