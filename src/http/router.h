// Router matches a method and a path against a table. Pure; immutable once built.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace credence::http {

// One line of the table. `pattern` segments in braces match one segment: "/v1/predictors/{name}".
// A segment "{name}:predict" matches a segment that ends in ":predict".
struct Route {
  std::string_view method;
  std::string_view pattern;
  int id = 0;  // the caller's
};

struct RouteMatch {
  enum class Kind { kFound, kNotFound, kMethodNotAllowed } kind = Kind::kNotFound;
  int id = 0;
  std::string_view pattern;                      // for the metrics' route label
  std::array<std::string_view, 4> parameters{};  // in the pattern's order, percent-encoded as sent
  std::string allow;                             // for kMethodNotAllowed: "GET, POST"
};

class Router {
 public:
  explicit Router(std::vector<Route> routes);
  // HEAD matches GET.
  RouteMatch Match(std::string_view method, std::string_view path) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace credence::http
