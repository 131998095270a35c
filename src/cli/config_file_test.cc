#include "cli/config_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>

#include "base/test_folder.h"

namespace credence::cli {
namespace {

class ConfigFileTest : public testing::Test {
 protected:
  ConfigFileTest() {
    app_.set_config("--config");
    app_.allow_config_extras(false);
    app_.config_formatter(config_);
    for (const char* name : {"serve", "health"}) {
      CLI::App* verb = app_.add_subcommand(name);
      auto& values = name == std::string("serve") ? serve_ : health_;
      verb->add_option("--port", values.port)->envname("CREDENCE_TEST_PORT");
      verb->add_option("--address", values.address);
      verb->add_option("--poll-ms", values.poll_ms);
    }
  }

  // What is wrong with the file; "" if nothing.
  std::string Read(const std::string& text, const std::string& verb = "serve") {
    std::ofstream(path_) << text;
    try {
      app_.parse("--config " + path_ + " " + verb, false);
    } catch (const CLI::Error& error) {
      const std::string what = error.what();
      return what.starts_with(path_) ? what.substr(path_.size()) : "elsewhere: " + what;
    }
    return "";
  }

  struct Values {
    int port = 0, poll_ms = 0;
    std::string address;
  };
  const TestFolder folder_;
  const std::string path_ = (folder_.path() / "c.toml").string();
  CLI::App app_;
  std::shared_ptr<ConfigFile> config_ = std::make_shared<ConfigFile>(app_);
  Values serve_, health_;
};

TEST_F(ConfigFileTest, SetsOptionsAlsoBehindAByteOrderMark) {
  EXPECT_EQ(Read("\xEF\xBB\xBF[serve]\nport = 8081 # it\naddress = \"::1\"\n"), "");
  EXPECT_EQ(serve_.port, 8081);
  EXPECT_EQ(serve_.address, "::1");
  EXPECT_EQ(config_->PlaceOf("serve", "address"), path_ + ":3");
  EXPECT_EQ(config_->PlaceOf("serve", "poll-ms"), "");
}

TEST_F(ConfigFileTest, AnUnknownNameIsToldWithItsLineAndTheNearestOne) {
  EXPECT_EQ(Read("# first\n\n[serve]\nport = 1\nprot = 2\n"),
            ":5: serve has no option \"prot\"; did you mean port?");
  EXPECT_EQ(Read("[serve]\nsomething-else = 2\n"), ":2: serve has no option \"something-else\"");
  EXPECT_EQ(Read("\n[sevre]\nport = 2\n"),
            ":2: there is no verb \"sevre\" for a section; did you mean serve?");
  EXPECT_EQ(Read("port = 2\n"),
            ":1: \"port\" stands in no section; options of serve stand under [serve]");
}

TEST_F(ConfigFileTest, HealthFollowsTheServersAddressAndPort) {
  EXPECT_EQ(Read("[serve]\nport = 8081\naddress = \"10.0.0.1\"\npoll-ms = 7\n", "health"), "");
  EXPECT_EQ(health_.port, 8081);
  EXPECT_EQ(health_.address, "10.0.0.1");
  EXPECT_EQ(health_.poll_ms, 0);
}

TEST_F(ConfigFileTest, HealthsOwnSectionWins) {
  EXPECT_EQ(Read("[serve]\nport = 8081\n[health]\nport = 9\n", "health"), "");
  EXPECT_EQ(health_.port, 9);
  EXPECT_EQ(serve_.port, 8081);
}

TEST_F(ConfigFileTest, TheEnvironmentWinsOverTheFile) {
  setenv("CREDENCE_TEST_PORT", "5", 1);
  EXPECT_EQ(Read("[serve]\nport = 8081\n"), "");
  unsetenv("CREDENCE_TEST_PORT");
  EXPECT_EQ(serve_.port, 5);
}

}  // namespace
}  // namespace credence::cli
