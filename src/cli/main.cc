#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/contain.h"
#include "cli/build_info.h"
#include "cli/command_line.h"
#include "cli/environment.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/tfs_flags.h"
#include "cli/trial.h"
#include "cli/verbs.h"

namespace {

using credence::cli::Run;

int RunVerb(const CLI::App& app, const std::vector<std::pair<std::string, Run>>& verbs) {
  for (const auto& [name, run] : verbs) {
    if (app.got_subcommand(name)) return run();
  }
  return 2;
}

int Main(int argc, char** argv) {
  using namespace credence::cli;
  PrepareOutput();
  std::vector<std::string> words(argv, argv + argc);
  if (const auto told = TranslateIfTfs(words)) return *told;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  CLI::App app(
      "Credence serves image classifiers and says how far to believe each answer.\n\n"
      "  credence serve --models DIR          serve every predictor in DIR\n"
      "  credence predict 7.png --model DIR   answer on the terminal\n"
      "  credence inspect DIR                 what a model wants and gives\n"
      "  credence calibrate --model DIR --data D   learn how far to believe it\n"
      "  credence plan --risk 0.01            how many labelled pictures that takes\n"
      "  credence promote DIR --require 'risk<=0.01'   move a version label when the card holds\n"
      "  credence train --data D --out DIR    train a network, write a version\n"
      "  credence tfs-serve --model_name=M …  serve, with tensorflow_model_server's flags\n",
      "credence");
  app.set_version_flag("--version", BuildInfo());
  app.require_subcommand(1);
  app.fallthrough();
  app.set_config("--config", "", "File of options, TOML: a section [serve] with name=value lines")
      ->check(CLI::ExistingFile);
  app.allow_config_extras(false);
  Environment environment;
  const std::vector<std::pair<std::string, Run>> verbs = {
      {"serve", AddServe(app, environment)},
      {"predict", AddPredict(app)},
      {"inspect", AddInspect(app)},
      {"calibrate", AddCalibrate(app)},
      {"evaluate", AddEvaluate(app)},
      {"plan", AddPlan(app)},
      {"promote", AddPromote(app)},
      {"train", AddTrain(app)},
      {"health", AddHealth(app)},
      {"data", AddData(app)},
      {"track", AddTrack(app)},
      {"try-load", AddTryLoad(app)},
      {"key", AddKey(app)},
  };
  const std::optional<int> told =
      ParseCommandLine(app, static_cast<int>(pointers.size()), pointers.data(), environment);
  const int status = told ? *told : RunVerb(app, verbs);
  if (status != 0) return status;  // it has been said why
  const auto written = FlushOutput();
  return written ? 0 : Fail(written.error());
}

}  // namespace

int main(int argc, char** argv) {
  int status = 1;
  if (const auto thrown = credence::Attempt([&] { status = Main(argc, argv); })) {
    return credence::cli::Fail(*thrown);
  }
  return status;
}
