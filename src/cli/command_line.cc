#include "cli/command_line.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/nearest.h"
#include "cli/config_file.h"
#include "cli/help.h"
#include "cli/numbers.h"

namespace credence::cli {
namespace {

std::vector<CLI::App*> VerbsOf(CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

void SetFormatter(CLI::App& app, const std::shared_ptr<Help>& help) {
  app.formatter(help);
  for (CLI::App* verb : VerbsOf(app)) SetFormatter(*verb, help);
}

// The innermost verb that was called; `app` itself if none was.
CLI::App& Called(CLI::App& app) {
  const auto below = app.get_subcommands();
  return below.empty() ? app : Called(*below.front());
}

// "credence data fetch"
std::string PathOf(const CLI::App& verb) {
  return (verb.get_parent() == nullptr ? "" : PathOf(*verb.get_parent()) + " ") + verb.get_name();
}

Environment TakeEnvironment(CLI::App& app) {
  std::set<std::string> known;
  for (CLI::App* verb : VerbsOf(app)) {
    for (const CLI::Option* option : verb->get_options()) {
      if (!option->get_envname().empty()) known.insert(option->get_envname());
    }
  }
  const std::vector<Variable> variables = CredenceVariables();
  Environment environment =
      ReadEnvironment(variables, std::vector<std::string_view>(known.begin(), known.end()));
  // CLI11 looks at the variables of all verbs, whichever was called: only what is left counts.
  for (CLI::App* verb : VerbsOf(app)) {
    for (CLI::Option* option : verb->get_options()) {
      if (std::ranges::count(environment.of_services, option->get_envname()) > 0) {
        option->envname("");
      }
    }
    verb->preparse_callback([&app, verb](std::size_t) {
      for (CLI::App* other : VerbsOf(app)) {
        if (other == verb) continue;
        for (CLI::Option* option : other->get_options()) option->envname("");
      }
    });
  }
  return environment;
}

std::vector<std::string_view> OptionNames(const CLI::App& verb) {
  std::vector<std::string_view> names;
  for (const CLI::App* app = &verb; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back(name);
    }
  }
  return names;
}

// Options of tritonserver that people bring along, and what does the same here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kOfTriton = {
    {{"model-repository", "--models names the folder"},
     {"model-store", "--models names the folder"},
     {"metrics-port", "/metrics is at --port"},
     {"allow-metrics", "/metrics is at --port"},
     {"model-control-mode",
      "versions come and go by --poll-ms, and by the admin endpoints (--admin-port)"},
     {"load-model", "--models and --versions say what is loaded"},
     {"repository-poll-secs", "--poll-ms is it, in milliseconds"},
     {"strict-readiness", "--ready-when is it"},
     {"exit-on-error",
      "a server with nothing to serve does not start; --wait-for-models has it wait"}}};

// "; it is Triton's: …", or "" if it is not.
std::string OfTriton(std::string_view name) {
  const auto* const found =
      std::ranges::find(kOfTriton, name, &std::pair<std::string_view, std::string_view>::first);
  return found == kOfTriton.end() ? "" : "; it is Triton's: " + std::string(found->second);
}

// What to say of an argument that nothing takes; "" when there is none.
std::string Unexpected(CLI::App& app) {
  CLI::App& verb = Called(app);
  const std::vector<std::string> rest = app.remaining(true);
  const auto flag = std::ranges::find_if(
      rest, [](const std::string& text) { return text.size() > 1 && text.starts_with('-'); });
  if (flag != rest.end()) {
    const std::string name = flag->substr(0, flag->find('='));
    const std::string bare = name.substr(std::min(name.find_first_not_of('-'), name.size()));
    const std::string triton = OfTriton(bare);
    return PathOf(verb) + " has no option " + name +
           (triton.empty() ? DidYouMean(bare, OptionNames(verb), "--") : triton);
  }
  if (rest.empty()) return "";
  std::vector<std::string_view> names;
  for (const CLI::App* below : VerbsOf(verb)) names.push_back(below->get_name());
  if (names.empty()) return '"' + rest.front() + "\" is one argument too many";
  return PathOf(verb) + " has no verb \"" + rest.front() + '"' + DidYouMean(rest.front(), names);
}

// "a verb is needed: serve, predict, …"
std::string VerbNeeded(CLI::App& verb) {
  std::string names;
  for (const CLI::App* below : VerbsOf(verb)) {
    names.append(names.empty() ? "" : ", ").append(below->get_name());
  }
  return PathOf(verb) + " needs a verb: " + names;
}

// What CLI11 could not convert; options whose range is checked do not come here.
std::string NotConverted(const CLI::App& verb, const std::string& what) {
  for (const CLI::Option* option : verb.get_options()) {
    const std::string name = option->get_name();
    if (what.find(": " + name + " = ") == what.npos || option->results().empty()) continue;
    const std::string& text = option->results().back();
    const bool real = option->get_type_name().starts_with("FLOAT");
    const std::string problem =
        real ? RealNumberProblem(text, -1e308, 1e308)
             : WholeNumberProblem(text, option->get_type_name().starts_with("UINT") ? 0 : INT64_MIN,
                                  INT64_MAX);
    if (!problem.empty()) return name + ": " + problem.substr(0, problem.find(';'));
  }
  return what;
}

// "--port: WHY" with the place of the value, if that is not the command line.
std::string WithPlace(const CLI::App& verb, const std::string& what,
                      const std::vector<std::string>& arguments, const ConfigFile& file) {
  const std::string flag = what.substr(0, what.find(':'));
  const std::string why = what.substr(flag.size());
  const bool given = std::ranges::any_of(arguments, [&](const std::string& argument) {
    return argument == flag || argument.starts_with(flag + "=");
  });
  const CLI::Option* option = verb.get_option_no_throw(flag);
  if (given || option == nullptr || !flag.starts_with("--")) return what;
  const char* variable =
      option->get_envname().empty() ? nullptr : std::getenv(option->get_envname().c_str());
  if (variable != nullptr && *variable != '\0') return option->get_envname() + why;
  const std::string place = file.PlaceOf(verb.get_name(), flag.substr(2));
  return place.empty() ? what : place + ": " + flag.substr(2) + why;
}

std::string Explain(CLI::App& app, const CLI::Error& error,
                    const std::vector<std::string>& arguments, const ConfigFile& file) {
  CLI::App& verb = Called(app);
  const std::string what = error.what();
  switch (static_cast<CLI::ExitCodes>(error.get_exit_code())) {
    case CLI::ExitCodes::ExtrasError:
    case CLI::ExitCodes::RequiredError:
      if (std::string unexpected = Unexpected(app); !unexpected.empty()) return unexpected;
      return VerbsOf(verb).empty() ? what : VerbNeeded(verb);
    case CLI::ExitCodes::ConversionError:
      return NotConverted(verb, what);
    case CLI::ExitCodes::ValidationError:
      return WithPlace(verb, what, arguments, file);
    default:
      return what;
  }
}

}  // namespace

std::optional<int> ParseCommandLine(CLI::App& app, int argc, char** argv,
                                    Environment& environment) {
  const auto file = std::make_shared<ConfigFile>(app);
  app.config_formatter(file);
  SetFormatter(app, std::make_shared<Help>());
  environment = TakeEnvironment(app);
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // help or version
      std::ostringstream text;
      app.exit(error, text, text);
      std::fputs(text.str().c_str(), stdout);
      return 0;
    }
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    std::fprintf(stderr, "credence: %s\nRun `%s --help` for what there is.\n",
                 Explain(app, error, arguments, *file).c_str(), PathOf(Called(app)).c_str());
    return 2;
  }
}

}  // namespace credence::cli
