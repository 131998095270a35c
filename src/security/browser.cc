#include "security/browser.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include "base/ascii.h"

namespace credence::security {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), AsciiLower);
  return lower;
}

// Without port and the dot that may end a name.
std::string_view HostName(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool IsAddress(std::string_view host) {
  if (host.starts_with('[')) return true;
  if (host.size() >= INET_ADDRSTRLEN) return false;
  char text[INET_ADDRSTRLEN] = {};
  host.copy(text, sizeof text - 1);
  in_addr address{};
  return inet_pton(AF_INET, text, &address) == 1;
}

bool EndsWithIgnoringCase(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         EqualsIgnoringCase(text.substr(text.size() - end.size()), end);
}

// Whether `host` is `name`, or below it if that begins with "*.".
bool Fits(std::string_view host, std::string_view name) {
  if (!name.starts_with("*.")) return EqualsIgnoringCase(host, name);
  name.remove_prefix(1);
  return host.size() > name.size() && EndsWithIgnoringCase(host, name);
}

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= 253 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == name.npos;
}

}  // namespace

Result<HostRule> HostRule::Only(std::vector<std::string> names) {
  HostRule rule;
  rule.all_ = false;
  if (names.size() > kHostsMax) {
    return Error{Code::kInvalidArgument, std::to_string(names.size()) + " hosts; the limit is " +
                                             std::to_string(kHostsMax)};
  }
  for (const std::string& text : names) {
    if (text == "*") rule.all_ = true;
    if (text == "*" || text.starts_with('[')) continue;  // addresses are accepted anyway
    const std::string name = Lower(text);
    if (!IsName(name.starts_with("*.") ? std::string_view(name).substr(2) : name)) {
      return Error{Code::kInvalidArgument, "\"" + text +
                                               "\" is no host; expected example.org, "
                                               "*.example.org or *"};
    }
    rule.names_.push_back(name);
  }
  return rule;
}

bool HostRule::Accepts(std::string_view host) const {
  if (all_ || host.empty()) return true;
  host = HostName(host);
  if (host.find('.') == host.npos || IsAddress(host)) return true;
  return EndsWithIgnoringCase(host, ".localhost") ||
         std::ranges::any_of(names_, [host](const auto& name) { return Fits(host, name); });
}

Result<OriginRule> OriginRule::Make(std::vector<std::string> origins) {
  OriginRule rule;
  if (origins.size() > kOriginsMax) {
    return Error{
        Code::kInvalidArgument,
        std::to_string(origins.size()) + " origins; the limit is " + std::to_string(kOriginsMax)};
  }
  for (const std::string& text : origins) {
    const std::string origin = Lower(text);
    const std::size_t scheme = origin.find("://");
    const bool web = origin.starts_with("http://") || origin.starts_with("https://");
    const std::string_view host =
        web ? std::string_view(origin).substr(scheme + 3) : std::string_view();
    if (host.empty() || host.find_first_of("/?#*@ ,") != host.npos) {
      return Error{Code::kInvalidArgument, "\"" + text +
                                               "\" is no origin; expected the scheme and host of a "
                                               "page, such as https://app.example.org; each is "
                                               "named, there is no *"};
    }
    rule.origins_.push_back(origin);
  }
  return rule;
}

std::string_view OriginRule::ReaderOf(std::string_view origin, std::string_view path) const {
  if (!origin.empty() && std::ranges::any_of(origins_, [origin](const auto& named) {
        return EqualsIgnoringCase(origin, named);
      })) {
    return origin;
  }
  if (open_root_.empty() || !path.starts_with(open_root_)) return "";
  return path.size() == open_root_.size() || path[open_root_.size()] == '/' ? "*" : "";
}

bool IsForeign(std::string_view host, std::string_view origin, std::string_view fetch_site) {
  // "none": a person, not a page. "same-site" is another host or port, whose pages are not ours.
  if (!fetch_site.empty()) return fetch_site != "same-origin" && fetch_site != "none";
  if (origin.empty()) return false;
  const std::size_t scheme = origin.find("://");
  return scheme == origin.npos || !EqualsIgnoringCase(origin.substr(scheme + 3), host);
}

}  // namespace credence::security
