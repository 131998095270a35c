#include "base/network.h"

#include <gtest/gtest.h>

namespace credence {
namespace {

TEST(NetworkOf, IsTheAddressOfIpv4AndHalfOfIpv6) {
  EXPECT_EQ(NetworkOf("127.0.0.1"), 0x7F000001U);
  EXPECT_EQ(NetworkOf("::ffff:127.0.0.1"), 0x7F000001U);
  EXPECT_EQ(NetworkOf("2001:db8:1:2:3:4:5:6"), 0x20010DB800010002U);
  EXPECT_EQ(NetworkOf("2001:db8:1:2::7"), NetworkOf("2001:db8:1:2:3:4:5:6"));
  EXPECT_EQ(NetworkOf("localhost"), 0U);
}

}  // namespace
}  // namespace credence
