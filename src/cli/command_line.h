// The command line of `credence`: verbs, their options, and where else options come from.
//
// A flag wins over the environment, the environment over the file of --config. A variable that is
// not meant for the verb that was called, or not for us at all (environment.h), is not looked at.
#pragma once

#include <optional>

#include "cli/environment.h"

namespace CLI {
class App;
}

namespace credence::cli {

// Parses, with errors that name the nearest verb or option, and say where a wrong value stands.
// When there is nothing to run, because help was asked for or something is wrong, it has said so
// and returns the exit status. Sets `environment` before. `app` has its verbs.
std::optional<int> ParseCommandLine(CLI::App& app, int argc, char** argv, Environment& environment);

}  // namespace credence::cli
