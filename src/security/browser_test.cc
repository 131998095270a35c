#include "security/browser.h"

#include <gtest/gtest.h>

namespace credence::security {
namespace {

TEST(HostRule, AcceptsEveryHostUnlessToldOtherwise) {
  EXPECT_TRUE(HostRule().Accepts("evil.example"));
}

TEST(HostRule, WithoutNamesAcceptsWhatNoStrangerCanRegister) {
  const auto rule = HostRule::Only({});
  ASSERT_TRUE(rule);
  for (const char* host :
       {"localhost", "localhost:8080", "LOCALHOST.", "a.localhost:1", "127.0.0.1", "127.0.0.1:8080",
        "[::1]:8080", "[::1]", "10.0.0.7", "credence", ""}) {
    EXPECT_TRUE(rule->Accepts(host)) << host;
  }
  for (const char* host : {"evil.example", "evil.example:8080", "localhost.evil.example",
                           "127.0.0.1.evil.example", "xlocalhost.example", "127.0.0.1.nip.io:80",
                           "evil.localhost.example.", "1.2.3.4.5", "notlocalhost.com"}) {
    EXPECT_FALSE(rule->Accepts(host)) << host;
  }
}

TEST(HostRule, AcceptsTheNamesThatItIsTold) {
  const auto rule = HostRule::Only({"Models.Example.org", "*.corp.example"});
  ASSERT_TRUE(rule);
  EXPECT_TRUE(rule->Accepts("models.example.ORG:443"));
  EXPECT_TRUE(rule->Accepts("a.b.corp.example"));
  EXPECT_FALSE(rule->Accepts("corp.example"));
  EXPECT_FALSE(rule->Accepts("evilcorp.example"));
  EXPECT_FALSE(rule->Accepts("example.org"));
  EXPECT_TRUE(HostRule::Only({"*"})->Accepts("evil.example"));
}

TEST(HostRule, SaysWhichNameIsWrong) {
  const auto rule = HostRule::Only({"http://example.org"});
  ASSERT_FALSE(rule);
  EXPECT_EQ(rule.error().message,
            "\"http://example.org\" is no host; expected example.org, *.example.org or *");
  EXPECT_FALSE(HostRule::Only(std::vector<std::string>(kHostsMax + 1, "a.example")));
}

TEST(OriginRule, NamesWholeOrigins) {
  const auto rule = OriginRule::Make({"https://app.example.org", "http://localhost:3000"});
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->ReaderOf("https://APP.example.org", "/"), "https://APP.example.org");
  EXPECT_EQ(rule->ReaderOf("http://localhost:3000", "/"), "http://localhost:3000");
  for (const char* other : {"http://app.example.org", "https://app.example.org.evil.example",
                            "https://app.example.org:444", "null", "", "http://localhost"}) {
    EXPECT_EQ(rule->ReaderOf(other, "/"), "") << other;
  }
  for (const char* wrong : {"*", "null", "app.example.org", "https://", "https://a.example/",
                            "https://*.example.org", "file:///tmp"}) {
    EXPECT_FALSE(OriginRule::Make({wrong})) << wrong;
  }
}

TEST(OriginRule, OpensOneRootToAll) {
  auto rule = *OriginRule::Make({"https://app.example.org"});
  rule.OpenToAll("/v1/models");
  EXPECT_EQ(rule.ReaderOf("https://other.example", "/v1/models/m:predict"), "*");
  EXPECT_EQ(rule.ReaderOf("", "/v1/models"), "*");
  EXPECT_EQ(rule.ReaderOf("https://app.example.org", "/v1/models/m"), "https://app.example.org");
  EXPECT_EQ(rule.ReaderOf("https://other.example", "/v1/modelsx"), "");
  EXPECT_EQ(rule.ReaderOf("https://other.example", "/v1/predict"), "");
}

TEST(IsForeign, IsDecidedByWhatTheBrowserSays) {
  const char* const host = "localhost:8080";
  EXPECT_FALSE(IsForeign(host, "", ""));  // no browser
  EXPECT_FALSE(IsForeign(host, "http://localhost:8080", "same-origin"));
  EXPECT_FALSE(IsForeign(host, "", "none"));
  EXPECT_TRUE(IsForeign(host, "https://evil.example", "cross-site"));
  EXPECT_TRUE(IsForeign(host, "http://localhost:3000", "same-site"));
  EXPECT_TRUE(IsForeign(host, "", "cross-site"));
  EXPECT_TRUE(IsForeign(host, "http://localhost:8080", "something-new"));
}

TEST(IsForeign, IsDecidedByOriginForOlderBrowsers) {
  const char* const host = "localhost:8080";
  EXPECT_FALSE(IsForeign(host, "http://localhost:8080", ""));
  EXPECT_FALSE(IsForeign("models.example", "https://MODELS.example", ""));  // a proxy ended TLS
  EXPECT_TRUE(IsForeign(host, "http://localhost:3000", ""));
  EXPECT_TRUE(IsForeign(host, "http://localhost", ""));
  EXPECT_TRUE(IsForeign(host, "null", ""));
  EXPECT_TRUE(IsForeign(host, "https://evil.example", ""));
}

}  // namespace
}  // namespace credence::security
