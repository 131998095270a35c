#include "http/descriptors.h"

#include <gtest/gtest.h>

namespace credence::http {
namespace {

TEST(ConnectionsWithin, LeavesDescriptorsForAllElse) {
  EXPECT_EQ(ConnectionsWithin(10'000, 1'000'000, 50), 10'000);
  EXPECT_EQ(ConnectionsWithin(10'000, 1024, 50), 1024 - 50 - kDescriptorsKept);
  EXPECT_EQ(ConnectionsWithin(10'000, 100, 40), 30);  // half of what is free
  EXPECT_EQ(ConnectionsWithin(10'000, 40, 40), 1);
  EXPECT_EQ(ConnectionsWithin(10, 1024, 50), 10);
}

TEST(SpareDescriptors, AreTakenAgainAfterTheyWereGiven) {
  SpareDescriptors spares(2);
  EXPECT_TRUE(spares.Whole());
  EXPECT_TRUE(spares.Give());
  EXPECT_TRUE(spares.Give());
  EXPECT_FALSE(spares.Give());
  EXPECT_TRUE(spares.Whole());
  EXPECT_TRUE(spares.Give());
}

}  // namespace
}  // namespace credence::http
