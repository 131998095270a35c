// Router matches a method and a path against a table. Pure; immutable once built.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace credence::http {

inline constexpr std::size_t kParametersMax = 4;

// One row of the table. `pattern` starts with '/'; its segments are
//   predictors       exactly this text
//   {name}           any one segment, not empty
//   {name}:predict   one segment that ends in ":predict"
//   {rest...}        all that follows, slashes included; may be empty; only as the last segment
// Where several patterns match, the first segment in which they differ decides: literal text wins
// over "{name}:verb", that over "{name}", that over "{rest...}"; among equals, the first row wins.
// Method and pattern are of static storage.
struct Route {
  std::string_view method;
  std::string_view pattern;
  int id = 0;  // the caller's
};

// The values of a pattern's parameters, in its order.
using Parameters = std::array<std::string_view, kParametersMax>;

struct RouteMatch {
  // kOptions: OPTIONS for a path that exists, or for "*".
  enum class Kind { kFound, kNotFound, kMethodNotAllowed, kOptions } kind = Kind::kNotFound;
  int id = 0;                // of kFound
  std::string_view pattern;  // empty for kNotFound and "*"
  Parameters parameters{};   // as sent, so percent-encoded
  std::string allow;         // of kMethodNotAllowed and kOptions: "GET, HEAD, OPTIONS"
};

class Router {
 public:
  // REQUIRES: patterns as above, with at most kParametersMax parameters and 30 segments.
  explicit Router(const std::vector<Route>& routes);
  // A GET row answers HEAD, too. Only the rows of the pattern that matches best are considered: if
  // none has the method, it is not allowed.
  RouteMatch Match(std::string_view method, std::string_view path) const;

 private:
  struct Row {
    Route route;
    std::string_view literal;  // the pattern up to its first parameter
  };
  std::vector<Row> rows_;
  std::string allow_all_;  // every method in the table
};

// The parameters of a path that matches `pattern`, as sent. REQUIRES: it matches.
Parameters ParametersOf(std::string_view pattern, std::string_view path);

// Percent-decodes one parameter; '+' stays '+', and %2F becomes a slash within the value. Returns
// `text` itself when there is nothing to decode, else a view of `storage`; nullopt when a '%' is
// not followed by two hex digits or stands for NUL.
std::optional<std::string_view> DecodeParameter(std::string_view text, std::string& storage);

}  // namespace credence::http
