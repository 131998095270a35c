#include "http/router.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/check.h"

namespace credence::http {
namespace {

// Takes the first segment off `path`, which starts with '/'.
std::string_view TakeSegment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

// How well `pattern` fits `path`: nullopt if it does not; else two bits a segment, so that at the
// first difference "name" beats "{name}:verb", which beats "{name}".
std::optional<std::uint64_t> Fit(std::string_view pattern, std::string_view path,
                                 std::array<std::string_view, 4>& parameters) {
  std::uint64_t fit = 0;
  std::size_t parameter = 0;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view want = TakeSegment(pattern);
    const std::string_view have = TakeSegment(path);
    std::uint64_t rank = 3;
    if (want.starts_with('{')) {
      const std::string_view suffix = want.substr(want.find('}') + 1);
      if (have.size() <= suffix.size() || !have.ends_with(suffix)) return std::nullopt;
      parameters[parameter++] = have.substr(0, have.size() - suffix.size());
      rank = suffix.empty() ? 1 : 2;
    } else if (want != have) {
      return std::nullopt;
    }
    fit = fit << 2 | rank;
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return fit;
}

bool Accepts(std::string_view route_method, std::string_view method) {
  return route_method == method || (route_method == "GET" && method == "HEAD");
}

void Allow(std::string_view method, std::string& allow) {
  if ((" " + allow + ",").find(" " + std::string(method) + ",") != std::string::npos) return;
  if (!allow.empty()) allow.append(", ");
  allow.append(method);
  if (method == "GET") Allow("HEAD", allow);
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const Route& route : routes_) {
    CREDENCE_CHECK(route.pattern.starts_with('/'));
    CREDENCE_CHECK(std::count(route.pattern.begin(), route.pattern.end(), '{') <= 4);
  }
}

RouteMatch Router::Match(std::string_view method, std::string_view path) const {
  using Kind = RouteMatch::Kind;
  if (!path.starts_with('/')) return {};
  RouteMatch match;
  std::uint64_t best = 0;
  for (const Route& route : routes_) {
    std::array<std::string_view, 4> parameters{};
    const std::optional<std::uint64_t> fit = Fit(route.pattern, path, parameters);
    if (!fit || *fit < best) continue;
    if (*fit > best) match = {};
    best = *fit;
    if (Accepts(route.method, method) && match.kind != Kind::kFound) {
      match = {Kind::kFound, route.id, route.pattern, parameters, {}};
    } else if (match.kind != Kind::kFound) {
      match.kind = Kind::kMethodNotAllowed;
      match.pattern = route.pattern;
      Allow(route.method, match.allow);
    }
  }
  return match;
}

}  // namespace credence::http
