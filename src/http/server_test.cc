#include "http/server.h"

#include <gtest/gtest.h>

namespace credence::http {
namespace {

TEST(HostPort_, PutsBracketsAroundIpv6) {
  EXPECT_EQ(HostPort("127.0.0.1", 8080), "127.0.0.1:8080");
  EXPECT_EQ(HostPort("::1", 8080), "[::1]:8080");
  EXPECT_EQ(HostPort("::", 0), "[::]:0");
}

TEST(Server_, SaysWhichAddressIsWrong) {
  const SystemClock clock;
  const auto server = Server::Listen(
      {.listeners = {{.port = 0}, {.address = "[::1]", .port = 0}}, .threads = 1}, clock);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().message, "\"[::1]\" is not an IP address");
}

TEST(Server_, BindsEveryListener) {
  const SystemClock clock;
  const auto server = Server::Listen(
      {.listeners = {{"127.0.0.1", 0, Role::kPublic}, {"127.0.0.1", 0, Role::kAdmin}},
       .threads = 1},
      clock);
  ASSERT_TRUE(server);
  EXPECT_EQ((*server)->ports().size(), 2u);
  EXPECT_NE((*server)->ports()[0], (*server)->ports()[1]);
  (*server)->Start([](IoThread&) {
    class Nothing final : public Handler {
      void Handle(const Request&, Responder) override {}
    };
    return std::make_unique<Nothing>();
  });
}

}  // namespace
}  // namespace credence::http
