#include "security/proxies.h"

#include <gtest/gtest.h>

namespace credence::security {
namespace {

Proxies Of(const std::vector<std::string>& list) { return *Proxies::Of(list); }

std::string ClientOf(const Proxies& proxies, std::string_view peer, std::string_view forwarded) {
  const auto client = proxies.ClientOf(peer, forwarded);
  return client ? std::string(client->address) : "the peer";
}

TEST(Proxies, NobodyIsBelievedWhoIsNotNamed) {
  EXPECT_EQ(ClientOf(Proxies(), "127.0.0.1:4", "203.0.113.7"), "the peer");
  EXPECT_EQ(ClientOf(Of({"10.0.0.0/8"}), "11.0.0.1:4", "203.0.113.7"), "the peer");
  EXPECT_EQ(ClientOf(Of({"10.0.0.0/8"}), "10.9.8.7:4", "203.0.113.7"), "203.0.113.7");
}

TEST(Proxies, WhatTheCallerWroteHimselfIsNotBelieved) {
  const Proxies proxies = Of({"10.0.0.0/8"});
  EXPECT_EQ(ClientOf(proxies, "10.0.0.1:4", "1.1.1.1, 203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(ClientOf(proxies, "10.0.0.1:4", "1.1.1.1,203.0.113.7 , 10.0.0.2"), "203.0.113.7");
}

TEST(Proxies, AMalformedEntryEndsTheSearch) {
  const Proxies proxies = Of({"10.0.0.0/8"});
  EXPECT_EQ(ClientOf(proxies, "10.0.0.1:4", "203.0.113.7, unknown"), "the peer");
  EXPECT_EQ(ClientOf(proxies, "10.0.0.1:4", "203.0.113.7, unknown, 10.0.0.2"), "10.0.0.2");
  EXPECT_EQ(ClientOf(proxies, "10.0.0.1:4", ""), "the peer");
  EXPECT_EQ(ClientOf(proxies, "10.0.0.1:4", ","), "the peer");
}

TEST(Proxies, WhenAllAreProxiesTheFirstIsTheClient) {
  EXPECT_EQ(ClientOf(Of({"10.0.0.0/8"}), "10.0.0.1:4", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
}

TEST(Proxies, BothFamiliesWithAndWithoutPorts) {
  const Proxies proxies = Of({"fd00::/8", "127.0.0.1"});
  EXPECT_EQ(ClientOf(proxies, "[fd12::1]:4", "2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(ClientOf(proxies, "[fd12::1]:4", "[2001:db8::7]:4711"), "2001:db8::7");
  EXPECT_EQ(ClientOf(proxies, "[::ffff:127.0.0.1]:4", "203.0.113.7:80"), "203.0.113.7");
  EXPECT_EQ(ClientOf(proxies, "127.0.0.2:4", "203.0.113.7"), "the peer");
}

// As http::Request::network has it.
TEST(Proxies, TheNetworkIsTheIpv4AddressOrTheUpperHalf) {
  const Proxies proxies = Of({"127.0.0.1/32"});
  EXPECT_EQ(proxies.ClientOf("127.0.0.1:4", "203.0.113.7")->network, 0xCB007107U);
  EXPECT_EQ(proxies.ClientOf("127.0.0.1:4", "::ffff:203.0.113.7")->network, 0xCB007107U);
  EXPECT_EQ(proxies.ClientOf("127.0.0.1:4", "2001:db8::7")->network, 0x20010DB800000000U);
}

TEST(Proxies, ANetworksLastByteMayBeCut) {
  EXPECT_EQ(ClientOf(Of({"10.0.0.128/25"}), "10.0.0.129:4", "203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(ClientOf(Of({"10.0.0.128/25"}), "10.0.0.127:4", "203.0.113.7"), "the peer");
  EXPECT_EQ(ClientOf(Of({"0.0.0.0/0"}), "10.0.0.127:4", "203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(ClientOf(Of({"0.0.0.0/0"}), "[fd00::1]:4", "203.0.113.7"), "the peer");
}

TEST(Proxies, WhatIsNoNetworkIsRefused) {
  for (const char* entry : {"", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8",
                            "fd00::/129", "10.0.0.0/8x"}) {
    const auto proxies = Proxies::Of({entry});
    ASSERT_FALSE(proxies) << entry;
    EXPECT_EQ(proxies.error().message,
              "\"" + std::string(entry) + "\" is no address and no network such as 10.0.0.0/8");
  }
  EXPECT_EQ(Proxies::Of(std::vector<std::string>(101, "10.0.0.1")).error().message,
            "101 proxies are named; the limit is 100");
}

}  // namespace
}  // namespace credence::security
