#include "http/router.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace credence::http {
namespace {

constexpr std::ptrdiff_t kSegmentsMax = 30;

// Takes the first segment off `path`, which starts with '/'.
std::string_view TakeSegment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

bool IsRest(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with("...}");
}

// How well `pattern` fits `path`: nullopt if it does not, else a number that is higher for the
// better pattern: two bits a segment, the first segment highest.
std::optional<std::uint64_t> Fit(std::string_view pattern, std::string_view path,
                                 Parameters& parameters) {
  std::uint64_t fit = 0;
  std::size_t parameter = 0;
  int shift = 2 * static_cast<int>(kSegmentsMax);
  while (!pattern.empty() && !path.empty()) {
    const std::string_view want = TakeSegment(pattern);
    if (IsRest(want)) {
      parameters[parameter] = path.substr(1);
      return fit;
    }
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
    fit |= rank << shift;
    shift -= 2;
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

void CheckPattern(std::string_view pattern) {
  CREDENCE_CHECK(pattern.starts_with('/'));
  CREDENCE_CHECK(std::count(pattern.begin(), pattern.end(), '/') <= kSegmentsMax);
  const auto parameters = std::count(pattern.begin(), pattern.end(), '{');
  CREDENCE_CHECK(static_cast<std::size_t>(parameters) <= kParametersMax);
  while (!pattern.empty()) {
    if (IsRest(TakeSegment(pattern))) CREDENCE_CHECK(pattern.empty());
  }
}

}  // namespace

Router::Router(const std::vector<Route>& routes) {
  for (const Route& route : routes) {
    CheckPattern(route.pattern);
    Allow(route.method, allow_all_);
    rows_.push_back({route, route.pattern.substr(0, route.pattern.find('{'))});
  }
  Allow("OPTIONS", allow_all_);
}

RouteMatch Router::Match(std::string_view method, std::string_view path) const {
  using Kind = RouteMatch::Kind;
  RouteMatch match;
  if (path == "*" && method == "OPTIONS") {
    match.kind = Kind::kOptions;
    match.allow = allow_all_;
  }
  if (!path.starts_with('/')) return match;
  std::uint64_t best = 0;
  for (const auto& [route, literal] : rows_) {
    if (!path.starts_with(literal)) continue;
    Parameters parameters{};
    const std::optional<std::uint64_t> fit = Fit(route.pattern, path, parameters);
    if (!fit || *fit < best) continue;
    if (*fit > best) match = {};
    best = *fit;
    if (match.kind == Kind::kFound) continue;
    if (Accepts(route.method, method)) {
      match = {Kind::kFound, route.id, route.pattern, parameters, {}};
    } else {
      match.kind = Kind::kMethodNotAllowed;
      match.pattern = route.pattern;
      Allow(route.method, match.allow);
    }
  }
  if (match.kind == Kind::kMethodNotAllowed) {
    Allow("OPTIONS", match.allow);
    if (method == "OPTIONS") match.kind = Kind::kOptions;
  }
  return match;
}

Parameters ParametersOf(std::string_view pattern, std::string_view path) {
  Parameters parameters{};
  if (pattern.find('{') != pattern.npos) static_cast<void>(Fit(pattern, path, parameters));
  return parameters;
}

std::optional<std::string_view> DecodeParameter(std::string_view text, std::string& storage) {
  std::size_t percent = text.find('%');
  if (percent == text.npos) return text;
  storage.clear();
  while (percent != text.npos) {
    storage.append(text.substr(0, percent));
    const std::string_view digits = text.substr(percent + 1, 2);
    unsigned value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() < 2 || read.ptr != digits.data() + 2 || value == 0) return std::nullopt;
    storage.push_back(static_cast<char>(value));
    text.remove_prefix(percent + 3);
    percent = text.find('%');
  }
  return std::string_view(storage.append(text));
}

}  // namespace credence::http
