// What a web page may make a browser do to this server: rules about the headers Host, Origin and
// Sec-Fetch-Site, which a page cannot choose. Programs other than browsers need not send them.
// Immutable once made.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace credence::security {

inline constexpr std::size_t kHostsMax = 100;
inline constexpr std::size_t kOriginsMax = 100;

// The hosts under which this server may be asked. It stops DNS rebinding: a page of evil.example,
// whose name is made to mean this server's address, sends the name in Host.
class HostRule {
 public:
  // Accepts every host.
  HostRule() = default;
  // Accepts `names`; addresses; localhost and what ends in .localhost; and names without a dot,
  // which nobody can register in the public DNS. A name may be "example.org" or "*.example.org",
  // which stands for all below it; "*" accepts every host.
  // Errors: kInvalidArgument - a malformed name; too many.
  static Result<HostRule> Only(std::vector<std::string> names);

  // `host`: as the header has it, with a port or without; empty: HTTP/1.0 without the header.
  bool Accepts(std::string_view host) const;
  bool accepts_all() const { return all_; }

 private:
  bool all_ = true;
  std::vector<std::string> names_;  // lower case
};

// The web pages, other than its own, that may use this server.
class OriginRule {
 public:
  // No page may.
  OriginRule() = default;
  // Errors: kInvalidArgument - not of the form https://app.example.org; "*"; too many.
  static Result<OriginRule> Make(std::vector<std::string> origins);

  // Pages of any origin may use what stands below `root`: "/v1/models".
  void OpenToAll(std::string root) { open_root_ = std::move(root); }

  // Who may read the answer to a request for `path`, as Access-Control-Allow-Origin says it: the
  // request's origin, if it is named; "*" below the open root, whether or not a page asks; or "".
  // A view of `origin`, or static storage.
  std::string_view ReaderOf(std::string_view origin, std::string_view path) const;

 private:
  std::vector<std::string> origins_;  // lower case
  std::string open_root_;             // empty: none
};

// Whether a request comes from a page of another site: from what the browser says of it, or else
// from Origin, if that is not this server as the request's Host names it. No header: no page.
bool IsForeign(std::string_view host, std::string_view origin, std::string_view fetch_site);

}  // namespace credence::security
