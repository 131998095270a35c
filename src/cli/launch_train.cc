// `credence train` is `credence-train`, a program of its own: this one needs no libtorch.
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/verbs.h"

namespace credence::cli {
namespace {

// Becomes the credence-train that lies beside this program. Returns only when it cannot.
int Launch(const std::vector<std::string>& arguments) {
  std::error_code unknown;  // then the path is empty, and exec says that it is not there
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  std::string program = (beside / "credence-train").string();
  std::vector<char*> argv = {program.data()};
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::signal(SIGPIPE, SIG_DFL);  // ignored here, and that would be inherited
  execv(program.c_str(), argv.data());
  std::fprintf(stderr,
               "credence: cannot run %s: %s\n"
               "Training needs libtorch and is an optional part of the build; in the source tree, "
               "./dev train builds and runs it.\n",
               program.c_str(), std::strerror(errno));
  return 1;
}

}  // namespace

Run AddTrain(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("train",
                                      "Trains a network on labelled pictures and writes a version "
                                      "that `serve` takes.\n"
                                      "  credence train --data mnist --out models\n"
                                      "  credence train --help    its options");
  // Everything that follows is credence-train's, --help too.
  verb->set_help_flag();
  verb->prefix_command();
  verb->fallthrough(false);
  return [verb] { return Launch(verb->remaining()); };
}

}  // namespace credence::cli
