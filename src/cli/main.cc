#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/verbs.h"

int main(int argc, char** argv) {
  using namespace credence::cli;
  CLI::App app(
      "Credence serves image classifiers and says how far to believe each answer.\n\n"
      "  credence serve --models DIR          serve every predictor in DIR\n"
      "  credence predict 7.png --model DIR   answer on the terminal\n"
      "  credence inspect DIR                 what a model wants and gives\n"
      "  credence calibrate --model DIR --data D   learn how far to believe it\n",
      "credence");
  app.set_version_flag("--version", std::string("credence ") + std::string(Version()));
  app.require_subcommand(1);
  app.fallthrough();
  const std::vector<std::pair<std::string, Run>> verbs = {
      {"serve", AddServe(app)},
      {"predict", AddPredict(app)},
      {"inspect", AddInspect(app)},
      {"calibrate", AddCalibrate(app)},
      {"evaluate", AddEvaluate(app)},
      {"health", AddHealth(app)},
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  for (const auto& [name, run] : verbs) {
    if (app.got_subcommand(name)) return run();
  }
  return 2;
}
