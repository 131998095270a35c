#include "cli/help.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace credence::cli {
namespace {

TEST(Wrap, BreaksAtTheLastBlankThatFits) {
  const std::string fits(100, 'x');
  EXPECT_EQ(Wrap(fits, 4), fits);
  EXPECT_EQ(Wrap(fits + " y", 4), fits + "\n    y");
  EXPECT_EQ(Wrap("  a " + fits + " b", 2), "  a\n  " + fits + "\n  b");
  EXPECT_EQ(Wrap("one\n\ntwo\n", 4), "one\n\ntwo\n");
}

TEST(Help, FitsAHundredColumns) {
  CLI::App app(
      "What it is for, in a sentence that is much longer than what fits into one line of "
      "help, so that it is broken.\n  credence serve --models DIR   an example that is "
      "longer than what fits into one line, too");
  std::string text = "default";
  CLI::App* verb = app.add_subcommand("serve", "First line.\nSecond line.");
  verb->add_option("--a-long-name-of-an-option", text,
                   "A description of it that is longer than what is left in the line behind the "
                   "column where it begins")
      ->check(CLI::IsMember({"default", "another", "one more", "and a last one of them all"}))
      ->envname("CREDENCE_A_LONG_NAME_OF_AN_OPTION")
      ->capture_default_str();
  app.formatter(std::make_shared<Help>());
  verb->formatter(app.get_formatter());
  for (const std::string& help : {app.help(), verb->help()}) {
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  }
  EXPECT_NE(app.help().find("  serve" + std::string(23, ' ') + "First line.\n"), std::string::npos)
      << app.help();
  EXPECT_EQ(app.help().find("Second line."), std::string::npos);
}

}  // namespace
}  // namespace credence::cli
