#include "cli/help.h"

#include <algorithm>

namespace credence::cli {
namespace {

constexpr std::size_t kTextColumn = 30;

// Appends one line, broken.
void AppendWrapped(std::string line, std::size_t indent, std::string& out) {
  while (line.size() > kHelpColumns) {
    // The last blank that fits, or else the first behind a word that does not.
    const std::size_t start = std::min(line.find_first_not_of(' '), line.size());
    std::size_t blank = line.rfind(' ', kHelpColumns);
    if (blank == line.npos || blank <= start) blank = line.find(' ', start);
    if (blank == line.npos) break;
    out.append(line, 0, blank).push_back('\n');
    line = std::string(indent, ' ') + line.substr(blank + 1);
  }
  out.append(line);
}

// "  --name TEXT=default", its description from kTextColumn on.
std::string Row(const std::string& name, const std::string& description) {
  std::string row = Wrap("  " + name, 6);
  if (description.empty()) return row + '\n';
  const bool beside = row.size() + 2 <= kTextColumn;
  std::string text = Wrap(std::string(kTextColumn, ' ') + description, kTextColumn);
  if (beside) return row + text.substr(row.size()) + '\n';
  return row + '\n' + text + '\n';
}

}  // namespace

std::string Wrap(std::string_view text, std::size_t indent) {
  std::string out;
  for (;;) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    AppendWrapped(std::string(text.substr(0, end)), indent, out);
    if (end == text.size()) return out;
    out.push_back('\n');
    text.remove_prefix(end + 1);
  }
}

std::string Help::make_description(const CLI::App* app) const {
  return Wrap(CLI::Formatter::make_description(app), 4);
}

std::string Help::make_option(const CLI::Option* option, bool is_positional) const {
  return Row(make_option_name(option, is_positional) + make_option_opts(option),
             make_option_desc(option));
}

std::string Help::make_subcommand(const CLI::App* verb) const {
  const std::string description = verb->get_description();
  return Row(verb->get_display_name(true), description.substr(0, description.find('\n')));
}

}  // namespace credence::cli
