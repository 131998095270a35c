#include "load/histogram.h"

#include <gtest/gtest.h>

namespace credence::bench {
namespace {

TEST(Histogram, EmptyHasZeroQuantiles) { EXPECT_EQ(Histogram().Quantile(0.99), 0U); }

TEST(Histogram, SmallValuesAreExact) {
  Histogram histogram;
  for (int ns = 1; ns <= 60; ++ns) {
    histogram.Record(ns);
  }
  EXPECT_EQ(histogram.Quantile(0.5), 30U);
  EXPECT_EQ(histogram.Quantile(1), 60U);
  EXPECT_DOUBLE_EQ(histogram.mean(), 30.5);
}

TEST(Histogram, QuantilesAreWithinOnePointSixPercent) {
  Histogram histogram;
  for (int us = 1; us <= 100'000; ++us) {
    histogram.Record(us * std::int64_t{1000});
  }
  EXPECT_NEAR(static_cast<double>(histogram.Quantile(0.5)), 50e6, 50e6 * 0.016);
  EXPECT_NEAR(static_cast<double>(histogram.Quantile(0.99)), 99e6, 99e6 * 0.016);
  EXPECT_EQ(histogram.max(), 100'000'000U);
}

TEST(Histogram, QuantileNeverExceedsTheMaximum) {
  Histogram histogram;
  histogram.Record(1'000'001);
  EXPECT_EQ(histogram.Quantile(0.999), 1'000'001U);
}

TEST(Histogram, OutOfRangeValuesCountAtTheEnds) {
  Histogram histogram;
  histogram.Record(-5);
  histogram.Record(std::int64_t{1} << 50);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.Quantile(0.5), 0U);
  EXPECT_EQ(histogram.Quantile(1), (std::uint64_t{1} << 40) - 1);
}

}  // namespace
}  // namespace credence::bench
