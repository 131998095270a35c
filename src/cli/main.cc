#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/options.h"
#include "cli/verbs.h"

namespace {

// CLI11 lets the file win over the environment; ours is the other way round, as people expect it:
// an entry whose CREDENCE_ variable is set is passed over.
class EnvironmentFirst final : public CLI::ConfigBase {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& in) const override {
    std::vector<CLI::ConfigItem> entries = CLI::ConfigBase::from_config(in);
    std::erase_if(entries, [](const CLI::ConfigItem& item) {
      const std::string variable = credence::cli::EnvironmentName(item.name);
      return std::getenv(variable.c_str()) != nullptr;
    });
    return entries;
  }
};

}  // namespace

int main(int argc, char** argv) {
  using namespace credence::cli;
  CLI::App app(
      "Credence serves image classifiers and says how far to believe each answer.\n\n"
      "  credence serve --models DIR          serve every predictor in DIR\n"
      "  credence predict 7.png --model DIR   answer on the terminal\n"
      "  credence inspect DIR                 what a model wants and gives\n"
      "  credence calibrate --model DIR --data D   learn how far to believe it\n"
      "  credence promote DIR --require 'risk<=0.01'   move a version label when the card holds\n"
      "  credence train --data D --out DIR    train a network, write a version\n",
      "credence");
  app.set_version_flag("--version", std::string("credence ") + std::string(Version()));
  app.require_subcommand(1);
  app.fallthrough();
  app.set_config("--config", "", "File of options, TOML: a section [serve] with name=value lines")
      ->check(CLI::ExistingFile);
  app.allow_config_extras(false);
  app.config_formatter(std::make_shared<EnvironmentFirst>());
  const std::vector<std::pair<std::string, Run>> verbs = {
      {"serve", AddServe(app)},
      {"predict", AddPredict(app)},
      {"inspect", AddInspect(app)},
      {"calibrate", AddCalibrate(app)},
      {"evaluate", AddEvaluate(app)},
      {"promote", AddPromote(app)},
      {"train", AddTrain(app)},
      {"health", AddHealth(app)},
      {"data", AddData(app)},
      {"track", AddTrack(app)},
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
