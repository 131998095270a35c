#include "serving/drift_watch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>
#include <vector>

namespace credence::serving {
namespace {

using reliability::DriftLevels;

constexpr std::size_t kRows = 2500;
constexpr float kSmallest = 1.0f / (kRows + 1);

// Feeds one p-value n times, each a batch.
void Feed(DriftWatch& watch, float p, int n, int lane = 0) {
  for (int i = 0; i < n; ++i) {
    watch.Observe(lane, p);
    watch.Hand(lane);
  }
}

TEST(DriftWatch, IsOrdinaryAtFirst) {
  FakeClock clock;
  DriftWatch watch(DriftLevels(kRows), kRows, 1, clock);
  const DriftState state = watch.State();
  EXPECT_EQ(state.predictions, 0u);
  EXPECT_FALSE(state.since);
  EXPECT_TRUE(std::isinf(state.log_evidence));
}

TEST(DriftWatch, AgreesWithTheDetector) {
  FakeClock clock;
  DriftWatch watch(DriftLevels(kRows), kRows, 1, clock);
  reliability::Drift drift(DriftLevels(kRows));
  // Ranks at and beside the levels .002, .01, .05 and .2: 5, 25, 125 and 500 of 2501.
  for (const int rank : {5, 6, 25, 26, 125, 126, 500, 501, 2501}) {
    const double p = rank / (kRows + 1.0);
    drift.Observe(p);
    Feed(watch, static_cast<float>(p), 1);
    EXPECT_DOUBLE_EQ(watch.State().log_evidence, drift.log_statistic()) << rank;
  }
}

TEST(DriftWatch, ForeignInputsRaiseOneEpisodeWithOneBeginning) {
  FakeClock clock;
  std::vector<DriftAlarm> told;
  DriftWatch watch(DriftLevels(kRows), kRows, 1, clock,
                   [&](const DriftAlarm& alarm) { told.push_back(alarm); });
  Feed(watch, 0.5f, 10);
  clock.Advance(std::chrono::seconds(60));
  Feed(watch, kSmallest, 30);
  ASSERT_GT(told.size(), 1u);
  EXPECT_TRUE(told[0].began);
  EXPECT_FALSE(told[1].began);
  EXPECT_EQ(told[0].state.since, clock.Wall());
  EXPECT_GE(told[0].state.log_evidence, std::log(reliability::kDriftAlarm));
  EXPECT_EQ(watch.State().alarms, told.size());
  EXPECT_EQ(watch.State().predictions, 40u);
}

TEST(DriftWatch, AQuietStretchEndsTheEpisode) {
  FakeClock clock;
  DriftWatch watch(DriftLevels(kRows), kRows, 1, clock);
  Feed(watch, kSmallest, 30);
  ASSERT_TRUE(watch.State().since);
  Feed(watch, 0.5f, static_cast<int>(DriftWatch::kQuiet));
  EXPECT_FALSE(watch.State().since);
  EXPECT_GT(watch.State().alarms, 0u);
}

TEST(DriftWatch, ResetStartsAnew) {
  FakeClock clock;
  DriftWatch watch(DriftLevels(kRows), kRows, 2, clock);
  Feed(watch, kSmallest, 30);
  watch.Observe(1, kSmallest);  // not yet handed over
  clock.Advance(std::chrono::seconds(5));
  watch.Reset();
  const DriftState state = watch.State();
  EXPECT_EQ(state.predictions, 0u);
  EXPECT_EQ(state.alarms, 0u);
  EXPECT_FALSE(state.since);
  EXPECT_EQ(state.from, clock.Wall());
}

TEST(DriftWatch, OfABatchOnlyAnswersWithAFamiliarityCount) {
  FakeClock clock;
  DriftWatch watch(DriftLevels(kRows), kRows, 1, clock);
  std::vector<predictor::Answer> answers(3);
  answers[0].prediction.familiarity = 0.5f;
  answers[1].prediction.familiarity = 0.5f;
  answers[1].error = Error{Code::kInternal, "not finite"};
  std::vector<Observed> batch;
  for (const predictor::Answer& answer : answers) batch.push_back({.answer = &answer});
  watch.Observe(0, batch);
  EXPECT_EQ(watch.State().predictions, 1u);
}

TEST(DriftWatch, AFullRingIsTakenIn) {
  FakeClock clock;
  DriftWatch watch(DriftLevels(kRows), kRows, 1, clock);
  for (std::size_t i = 0; i < 3 * DriftWatch::kRing; ++i) watch.Observe(0, 0.5f);
  EXPECT_EQ(watch.State().predictions, 3 * DriftWatch::kRing);
}

TEST(DriftWatch, ManyThreadsLoseNothing) {
  constexpr int kLanes = 4;
  constexpr int kEach = 20'000;
  FakeClock clock;
  std::atomic<std::uint64_t> told{0};
  DriftWatch watch(DriftLevels(kRows), kRows, kLanes, clock,
                   [&](const DriftAlarm& alarm) { told += alarm.alarms; });
  {
    std::vector<std::jthread> threads;
    for (int lane = 0; lane < kLanes; ++lane) {
      threads.emplace_back([&, lane] { Feed(watch, lane == 0 ? kSmallest : 0.5f, kEach, lane); });
    }
    for (int i = 0; i < 100; ++i) watch.State();
  }
  const DriftState state = watch.State();
  EXPECT_EQ(state.predictions, static_cast<std::uint64_t>(kLanes) * kEach);
  EXPECT_EQ(state.alarms, told);
}

}  // namespace
}  // namespace credence::serving
