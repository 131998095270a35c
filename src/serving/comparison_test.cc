#include "serving/comparison.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace credence::serving {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

Observation Answer(Outcome outcome, nanoseconds latency = microseconds(100)) {
  return {.outcome = outcome, .latency = latency};
}

TEST(LatencyCounts, BucketsAreAnEighthOfAnOctave) {
  EXPECT_EQ(LatencyCounts::BucketOf(nanoseconds(-5)), 0U);
  EXPECT_EQ(LatencyCounts::BucketOf(nanoseconds(0)), 0U);
  EXPECT_EQ(LatencyCounts::BucketOf(nanoseconds(1023)), 0U);
  EXPECT_EQ(LatencyCounts::BucketOf(nanoseconds(1024)), 1U);
  EXPECT_EQ(LatencyCounts::BucketOf(nanoseconds(1151)), 1U);
  EXPECT_EQ(LatencyCounts::BucketOf(nanoseconds(1152)), 2U);
  EXPECT_EQ(LatencyCounts::BucketOf(nanoseconds(2048)), 9U);
  EXPECT_EQ(LatencyCounts::BucketOf(seconds(1000)), LatencyCounts::kBuckets - 1);
}

TEST(LatencyCounts, EachBucketBeginsWithItsOwnFirstTime) {
  for (std::size_t i = 0; i < LatencyCounts::kBuckets; ++i) {
    EXPECT_EQ(LatencyCounts::BucketOf(LatencyCounts::Begin(i)), i);
    if (i > 0) {
      EXPECT_EQ(LatencyCounts::BucketOf(LatencyCounts::Begin(i) - nanoseconds(1)), i - 1);
    }
  }
}

TEST(LatencyCounts, QuantilesAreRightWithinAnEighth) {
  LatencyCounts counts;
  for (int i = 1; i <= 1000; ++i) {
    ++counts.buckets[LatencyCounts::BucketOf(microseconds(i * 10))];
    counts.sum_ns += static_cast<std::uint64_t>(i) * 10'000;
  }
  EXPECT_NEAR(static_cast<double>(counts.Quantile(.5).count()), 5e6, 5e6 / 8);
  EXPECT_NEAR(static_cast<double>(counts.Quantile(.99).count()), 9.9e6, 9.9e6 / 8);
  EXPECT_EQ(counts.Mean(), nanoseconds(5'005'000));
}

TEST(LatencyCounts, NothingCountedIsZero) {
  const LatencyCounts counts;
  EXPECT_EQ(counts.Mean(), nanoseconds(0));
  EXPECT_EQ(counts.Quantile(.5), nanoseconds(0));
}

TEST(Comparison, SidesAreCountedApartAndLanesTogether) {
  Comparison comparison(2);
  comparison.Observe(0, Side::kStable, Answer(Outcome::kReliable));
  comparison.Observe(1, Side::kStable, Answer(Outcome::kReliable));
  comparison.Observe(1, Side::kStable, Answer(Outcome::kUnfamiliar));
  comparison.Observe(1, Side::kCanary, Answer(Outcome::kUncertain, milliseconds(3)));
  const ComparisonCounts counts = comparison.Snapshot();
  EXPECT_EQ(counts.stable().of(Outcome::kReliable), 2U);
  EXPECT_EQ(counts.stable().of(Outcome::kUnfamiliar), 1U);
  EXPECT_EQ(counts.stable().inputs(), 3U);
  EXPECT_EQ(counts.canary().of(Outcome::kUncertain), 1U);
  EXPECT_EQ(counts.canary().inputs(), 1U);
  EXPECT_EQ(counts.canary().latency.Mean(), milliseconds(3));
  EXPECT_EQ(counts.pairs.pairs(), 0U);
}

TEST(Comparison, AnErrorHasNoLatency) {
  Comparison comparison(1);
  comparison.Observe(0, Side::kCanary, Answer(Outcome::kError, seconds(1)));
  const ComparisonCounts counts = comparison.Snapshot();
  EXPECT_EQ(counts.canary().inputs(), 1U);
  EXPECT_EQ(counts.canary().answered(), 0U);
  EXPECT_EQ(counts.canary().latency.count(), 0U);
}

TEST(Comparison, PairsAreCountedOnBothSidesAndInTheTable) {
  Comparison comparison(1);
  comparison.ObservePair(0, Answer(Outcome::kReliable), Answer(Outcome::kUncertain), true);
  comparison.ObservePair(0, Answer(Outcome::kReliable), Answer(Outcome::kReliable), false);
  comparison.ObservePair(0, Answer(Outcome::kReliable), Answer(Outcome::kError), std::nullopt);
  comparison.Skip(0, 7);
  const ComparisonCounts counts = comparison.Snapshot();
  EXPECT_EQ(counts.pairs.outcomes[0][1], 1U);
  EXPECT_EQ(counts.pairs.outcomes[0][0], 1U);
  EXPECT_EQ(counts.pairs.outcomes[0][4], 1U);
  EXPECT_EQ(counts.pairs.pairs(), 3U);
  EXPECT_EQ(counts.pairs.same_label, 1U);
  EXPECT_EQ(counts.pairs.other_label, 1U);
  EXPECT_EQ(counts.stable().inputs(), 3U);
  EXPECT_EQ(counts.canary().of(Outcome::kError), 1U);
  EXPECT_EQ(counts.skipped, 7U);
}

// Run under ThreadSanitizer, too.
TEST(Comparison, CountersOnlyGrowAndNoneIsLostWhileSomebodyReads) {
  constexpr int kLanes = 3;
  constexpr int kEach = 20'000;
  Comparison comparison(kLanes);
  std::atomic<int> running{kLanes};
  std::vector<std::jthread> lanes;
  for (int lane = 0; lane < kLanes; ++lane) {
    lanes.emplace_back([&, lane] {
      for (int i = 0; i < kEach; ++i) {
        comparison.ObservePair(lane, Answer(Outcome::kReliable), Answer(Outcome::kReliable),
                               i % 4 != 0);
      }
      --running;
    });
  }
  std::uint64_t before = 0;
  while (running > 0) {
    const ComparisonCounts counts = comparison.Snapshot();
    EXPECT_GE(counts.pairs.pairs(), before);
    before = counts.pairs.pairs();
  }
  lanes.clear();
  const ComparisonCounts counts = comparison.Snapshot();
  EXPECT_EQ(counts.pairs.pairs(), 60'000U);
  EXPECT_EQ(counts.pairs.same_label, 45'000U);
  EXPECT_EQ(counts.pairs.other_label, 15'000U);
}

}  // namespace
}  // namespace credence::serving
