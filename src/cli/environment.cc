#include "cli/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/nearest.h"

namespace credence::cli {
namespace {

constexpr std::string_view kPrefix = "CREDENCE_";
constexpr std::array<std::string_view, 3> kProtocols = {"TCP", "UDP", "SCTP"};
constexpr std::array<std::string_view, 3> kSchemes = {"tcp://", "udp://", "sctp://"};

bool IsAddress(std::string_view value) {
  return std::ranges::any_of(kSchemes, [&](std::string_view s) { return value.starts_with(s); });
}

// Whether `rest` of a name is "8080_TCP", or that with "_PROTO", "_PORT" or "_ADDR".
bool IsPortOfService(std::string_view rest) {
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits == 0 || digits == rest.size() || rest[digits] != '_') return false;
  rest.remove_prefix(digits + 1);
  for (const std::string_view protocol : kProtocols) {
    if (!rest.starts_with(protocol)) continue;
    const std::string_view what = rest.substr(protocol.size());
    if (what.empty() || what == "_PROTO" || what == "_PORT" || what == "_ADDR") return true;
  }
  return false;
}

}  // namespace

std::vector<Variable> CredenceVariables() {
  std::vector<Variable> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (!text.starts_with(kPrefix) || equals == text.npos) continue;
    variables.push_back(
        {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))});
  }
  std::ranges::sort(variables, {}, &Variable::name);
  return variables;
}

bool IsOfService(std::string_view name, std::string_view value) {
  if (!name.starts_with(kPrefix)) return false;
  if (name.ends_with("_SERVICE_HOST")) return true;
  if (name.ends_with("_SERVICE_PORT") || name.find("_SERVICE_PORT_") != name.npos) return true;
  if (name.ends_with("_PORT") && IsAddress(value)) return true;
  const std::size_t port = name.rfind("_PORT_");
  return port != name.npos && IsPortOfService(name.substr(port + 6));
}

Environment ReadEnvironment(std::span<const Variable> variables,
                            std::span<const std::string_view> known) {
  // Compared without CREDENCE_, which would make every name near.
  std::vector<std::string_view> ends;
  for (const std::string_view name : known) ends.push_back(name.substr(kPrefix.size()));
  Environment environment;
  for (const Variable& variable : variables) {
    if (IsOfService(variable.name, variable.value)) {
      environment.of_services.push_back(variable.name);
    } else if (std::ranges::find(known, variable.name) == known.end()) {
      const std::string_view end = std::string_view(variable.name).substr(kPrefix.size());
      const std::string_view nearest = Nearest(end, ends);
      environment.unknown.push_back(
          {variable.name, nearest.empty() ? "" : std::string(kPrefix).append(nearest)});
    }
  }
  return environment;
}

void Tell(const Environment& environment, Log& log) {
  if (!environment.of_services.empty()) {
    std::string names;
    for (const std::string& name : environment.of_services) {
      names.append(names.empty() ? "" : ", ").append(name);
    }
    log.Info("variables of a Kubernetes Service are passed over", {{"variables", names}});
  }
  for (const auto& unknown : environment.unknown) {
    if (unknown.nearest.empty()) {
      log.Warning("no option has this variable", {{"variable", unknown.name}});
    } else {
      log.Warning("no option has this variable",
                  {{"variable", unknown.name}, {"did_you_mean", unknown.nearest}});
    }
  }
}

}  // namespace credence::cli
