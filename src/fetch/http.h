// Send makes one bounded request by HTTP or HTTPS.
//
// Proxies and CURL_CA_BUNDLE come from the environment, as curl takes them. A redirect is an answer
// like any other; it is not followed. Threads: Send may be called from any; it blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace credence::fetch {

struct HttpOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{0};    // of the whole request; 0: none
  std::chrono::seconds stall_timeout{30};  // fails when slower than 1 KiB/s for so long
  std::uint64_t answer_bytes_max = 16 * 1024 * 1024;
  bool proxy = true;   // false: connects directly, whatever the environment says
  bool verify = true;  // false: whatever certificate the server shows is taken
  // PEM files that a server may ask of its clients; empty: none.
  std::string client_certificate = {}, client_key = {};
};

// Whom the request is from; the token goes before user and password. Empty: nobody.
struct Credentials {
  std::string token = {};
  std::string user = {}, password = {};
};

struct HttpRequest {
  std::string method = "GET";
  std::string url = {};                           // an IPv6 address stands in brackets
  std::string body = {};                          // empty: none
  std::string content_type = "application/json";  // of the body
  std::filesystem::path file = {};                // the body of a PUT instead
  Credentials credentials = {};
};

struct HttpAnswer {
  long status = 0;
  std::string body;
};

// Any status is an answer. Errors: kUnavailable - no connection, broken off or too slow;
// kTooLarge - an answer over the limit; kNotFound - `file` cannot be read.
Result<HttpAnswer> Send(const HttpRequest& request, const HttpOptions& options);

// A text as part of a URL; characters of `keep` stay as they are.
std::string UrlEncode(std::string_view text, std::string_view keep = "");

// A URL as messages, logs and records show it: what stands before the host's '@' (user, password or
// token) becomes "***". A URL that is not well formed loses everything up to its last '@'.
std::string WithoutCredentials(std::string_view url);

// Where a client of this machine reaches a server that listens on `address`, as an origin:
// "http://127.0.0.1:8080", "http://[::1]:8080". The unspecified addresses 0.0.0.0 and ::, however
// they are written, become the loopback of their family. IPv6 may stand in brackets and have a
// zone: "fe80::1%eth0" is "[fe80::1%25eth0]" (RFC 6874).
std::string LocalOrigin(std::string_view address, int port);

}  // namespace credence::fetch
