#include "base/random.h"

#include <gtest/gtest.h>

namespace credence {
namespace {

// splitmix64.c of Vigna, state 1234567: the values that other implementations are held to.
TEST(DrawAt, IsSplitMix64) {
  EXPECT_EQ(DrawAt(1234567, 0), 6457827717110365317U);
  EXPECT_EQ(DrawAt(1234567, 1), 3203168211198807973U);
  EXPECT_EQ(DrawAt(1234567, 2), 9817491932198370423U);
}

// What the synthetic digits and the training runs were made with.
TEST(Random, KeepsItsSequence) {
  Random random(7, 3);
  EXPECT_EQ(random.Next(), 16768201124579718951U);
  EXPECT_EQ(random.Below(1000), 721U);
  EXPECT_EQ(random.Uniform(), 0.36297720802203259);
  EXPECT_EQ(random.Normal(), -0.27099720120784865);
}

TEST(Random, StreamsOfASeedDiffer) { EXPECT_NE(Random(7, 0).Next(), Random(7, 1).Next()); }

}  // namespace
}  // namespace credence
