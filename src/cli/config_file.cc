#include "cli/config_file.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <sstream>

#include "base/ascii.h"
#include "base/byte_order_mark.h"
#include "base/nearest.h"

namespace credence::cli {
namespace {

constexpr std::string_view kAround = " \t\r\"'";  // a name, a section or a value

std::map<std::string, int, std::less<>> LinesOf(std::string_view text) {
  std::map<std::string, int, std::less<>> lines;
  std::string section;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view trimmed = Trimmed(line, kAround);
    if (trimmed.starts_with('[') && trimmed.ends_with(']')) {
      section = std::string(Trimmed(trimmed.substr(1, trimmed.size() - 2), kAround)) + ".";
      lines.emplace(section, number);
    } else if (!trimmed.empty() && !trimmed.starts_with('#')) {
      lines.emplace(section + std::string(Trimmed(trimmed.substr(0, trimmed.find('=')), kAround)),
                    number);
    }
  }
  return lines;
}

bool IsSet(const CLI::Option& option) {
  const char* value =
      option.get_envname().empty() ? nullptr : std::getenv(option.get_envname().c_str());
  return value != nullptr && *value != '\0';  // CLI11 passes over an empty one
}

bool IsSectionMark(const CLI::ConfigItem& item) { return item.name == "++" || item.name == "--"; }

// Adds those entries of [serve] that `credence health` takes and [health] does not have.
void FollowServe(std::vector<CLI::ConfigItem>& items) {
  std::vector<CLI::ConfigItem> more;
  for (const CLI::ConfigItem& item : items) {
    const bool taken = item.name == "port" || item.name == "address" || item.name == "tls-cert";
    if (!taken || item.parents != std::vector<std::string>{"serve"}) continue;
    const bool own = std::ranges::any_of(items, [&](const CLI::ConfigItem& other) {
      return other.parents == std::vector<std::string>{"health"} && other.name == item.name;
    });
    if (own) continue;
    more.push_back(item);
    more.back().parents = {"health"};
  }
  std::ranges::move(more, std::back_inserter(items));
}

}  // namespace

std::vector<CLI::ConfigItem> ConfigFile::from_config(std::istream& in) const {
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  const std::string text(WithoutByteOrderMark(whole));
  lines_ = LinesOf(text);
  std::istringstream stream(text);
  std::vector<CLI::ConfigItem> entries = CLI::ConfigBase::from_config(stream);
  for (const CLI::ConfigItem& entry : entries) {
    if (!IsSectionMark(entry)) static_cast<void>(OptionOf(entry));
  }
  if (app_.got_subcommand("health")) FollowServe(entries);
  std::erase_if(entries, [this](const CLI::ConfigItem& entry) {
    return !IsSectionMark(entry) && IsSet(OptionOf(entry));
  });
  return entries;
}

std::string ConfigFile::PlaceOf(const std::string& verb, const std::string& option) const {
  const auto line = lines_.find(verb + "." + option);
  return line == lines_.end() ? "" : Place(line->second);
}

std::string ConfigFile::Place(int line) const {
  return app_.get_config_ptr()->as<std::string>() + ":" + std::to_string(line);
}

const CLI::Option& ConfigFile::OptionOf(const CLI::ConfigItem& item) const {
  const auto line_of = [this](const std::string& name) {
    const auto line = lines_.find(name);
    return line == lines_.end() ? 1 : line->second;
  };
  CLI::App* app = &app_;
  std::string section;
  for (const std::string& name : item.parents) {
    section += name + ".";
    const auto below =
        app->get_subcommands([&](const CLI::App* sub) { return sub->get_name() == name; });
    if (below.empty()) {
      std::vector<std::string_view> names;
      for (const CLI::App* sub : app->get_subcommands({})) names.push_back(sub->get_name());
      throw CLI::ConfigError(Place(line_of(section)) + ": there is no verb \"" + name +
                             "\" for a section" + DidYouMean(name, names));
    }
    app = below.front();
  }
  if (const CLI::Option* option = app->get_option_no_throw("--" + item.name)) return *option;
  if (item.parents.empty()) {
    throw CLI::ConfigError(Place(line_of(item.fullname())) + ": \"" + item.name +
                           "\" stands in no section; options of serve stand under [serve]");
  }
  std::vector<std::string_view> names;
  for (const CLI::Option* option : app->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  }
  throw CLI::ConfigError(Place(line_of(item.fullname())) + ": " + item.parents.back() +
                         " has no option \"" + item.name + '"' + DidYouMean(item.name, names));
}

}  // namespace credence::cli
