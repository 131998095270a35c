// An option of `credence serve`: a flag, and the variable of its name.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace credence::cli {

template <class T>
CLI::Option* Add(CLI::App& verb, const std::string& name, T& value, const std::string& help) {
  return verb.add_option(name, value, help)->envname(EnvironmentName(name.substr(2)));
}

}  // namespace credence::cli
