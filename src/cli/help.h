// Help prints `--help`: CLI11's, in lines of at most 100 columns.
#pragma once

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace credence::cli {

inline constexpr std::size_t kHelpColumns = 100;

// `text` in lines of at most kHelpColumns, broken at blanks. Each of its own lines keeps its
// indent; what is broken off goes on at `indent` columns. A word that is longer stays whole.
std::string Wrap(std::string_view text, std::size_t indent);

class Help final : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  // The first line of its description only.
  std::string make_subcommand(const CLI::App* verb) const override;
};

}  // namespace credence::cli
