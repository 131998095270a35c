// The CREDENCE_ variables of the environment, each the value of an option.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace credence::cli {

struct Variable {
  std::string name, value;
};

// Those of this process whose names begin with CREDENCE_.
std::vector<Variable> CredenceVariables();

// Whether Kubernetes set the variable for a Service that is called credence or credence-something,
// as it does in each pod beside it: CREDENCE_PORT=tcp://10.96.12.3:8080, CREDENCE_SERVICE_HOST,
// CREDENCE_PORT_8080_TCP_ADDR, CREDENCE_HTTP_PORT=tcp://… It is not meant for us. Pure.
bool IsOfService(std::string_view name, std::string_view value);

// What is to be said about the variables.
struct Environment {
  std::vector<std::string> of_services;  // the names of those that are passed over
  struct Unknown {
    std::string name;
    std::string nearest;  // empty if no known name is near
  };
  std::vector<Unknown> unknown;  // those that no option has
};

// `known`: the names of the options' variables. All names begin with CREDENCE_. Pure.
Environment ReadEnvironment(std::span<const Variable> variables,
                            std::span<const std::string_view> known);

// Logs the above: one line for all that is passed over, one for each that is unknown.
void Tell(const Environment& environment, Log& log);

}  // namespace credence::cli
