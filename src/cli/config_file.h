// ConfigFile reads --config: TOML as CLI11 understands it, a section a verb.
//
// An entry that no option has is an error that names file, line and the nearest option. The
// environment wins over the file: an entry whose option has a variable that is set is passed over.
// `credence health` takes address and port from the section [serve] where it has none of its own.
#pragma once

#include <istream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace credence::cli {

class ConfigFile final : public CLI::ConfigBase {
 public:
  // `app` has the verbs and the option --config. It must outlive this.
  explicit ConfigFile(CLI::App& app) : app_(app) {}

  // Throws CLI::ConfigError.
  std::vector<CLI::ConfigItem> from_config(std::istream& in) const override;

  // Where the file sets the option of a verb, such as "credence.toml:3"; "" if it does not.
  std::string PlaceOf(const std::string& verb, const std::string& option) const;

 private:
  std::string Place(int line) const;
  // The option that an entry sets. Throws CLI::ConfigError when there is none.
  const CLI::Option& OptionOf(const CLI::ConfigItem& item) const;

  CLI::App& app_;
  // The first line of each entry, by its full name: "serve.port"; of a section by "serve.".
  mutable std::map<std::string, int, std::less<>> lines_;
};

}  // namespace credence::cli
