// Asset is an answer that never changes: a body with its ETag and, where that is smaller, a gzip
// twin. A client that has it already gets 304. Immutable.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace credence::http {

struct AssetOptions {
  std::string_view content_type;
  // "no-cache": may be kept, but is asked for each time, and answered 304 while it is the same.
  std::string_view cache_control = "no-cache";
  std::string_view headers = {};  // further header lines, each ended by \r\n: kPageHeaders
};

// For a page: it loads nothing from elsewhere, runs no script that stands in it, is shown in no
// frame of another page, and tells no other site where its reader came from.
inline constexpr std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'\r\n"
    "Vary: Accept\r\n"
    "Permissions-Policy: camera=(self), microphone=(), geolocation=()\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Frame-Options: DENY\r\n";

class Asset {
 public:
  // Hashes and compresses `body`, which must outlive the asset, as must the options' texts.
  Asset(std::string_view body, AssetOptions options);
  Asset(const Asset&) = delete;
  Asset& operator=(const Asset&) = delete;

  // 200 or, when If-None-Match names what would be sent, 304.
  // REQUIRES: the asset outlives the handler that sends the answer.
  Response Answer(const Request& request) const;

 private:
  struct Form {
    std::string_view body;
    std::string etag;
    std::string headers;
  };
  Form MakeForm(std::string_view body, std::string_view suffix) const;

  const AssetOptions options_;
  std::string compressed_;
  Form plain_;
  Form gzip_;  // its body is empty when compressing does not help
};

// Whether an Accept-Encoding header allows gzip.
bool AcceptsGzip(std::string_view accept_encoding);

// Whether an If-None-Match header names `etag`: "*", or a list of tags, weak ones included.
bool NamesEtag(std::string_view if_none_match, std::string_view etag);

}  // namespace credence::http
