// The command line of tensorflow_model_server, as `credence serve` has it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace credence::cli {

struct TfsCommand {
  std::vector<std::string> serve;  // the arguments behind `credence serve`
  // What is to be said at the start, a sentence each: flags that have no effect, flags that nobody
  // knows. They do not stop the start, as they do not there.
  std::vector<std::string> notes;
};

// `arguments`: those behind the program's name. `variable`: of the environment, nullopt if it is
// not set: MODEL_NAME and MODEL_BASE_PATH, as TensorFlow Serving's image has them, and PORT. Of two
// equal flags the last counts. Pure. Errors: kInvalidArgument - a value that is none; no model;
// kUnimplemented - a flag whose absence
//         would be a hole or another model, such as --ssl_config_file.
Result<TfsCommand> TranslateTfs(
    std::span<const std::string> arguments,
    const std::function<std::optional<std::string>(const std::string&)>& variable);

// When `words`, the whole command line, call tensorflow_model_server, by the program's name or by
// `credence tfs-serve`: makes them those of `credence serve`, and prints what is to be said.
// Returns the exit status if there is nothing to run.
std::optional<int> TranslateIfTfs(std::vector<std::string>& words);

}  // namespace credence::cli
