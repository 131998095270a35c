#include "api/live/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/metrics.h"

namespace credence::api::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::DoubleNear;
using testing::Each;
using testing::Optional;

// Totals `second` s after the start.
Totals At(int second, double requests) {
  Totals totals;
  totals.at = SteadyTime(seconds(second));
  totals.requests = requests;
  return totals;
}

TEST(Between, TellsRatesOfTheTimeThatPassed) {
  Totals before = At(10, 100);
  Totals after = At(12, 130);
  after.errors = 4;
  after.verdicts = {7, 2, 1, 0};
  after.queued = 5;
  const Sample sample = Between(before, after);
  EXPECT_EQ(sample.seconds, 2);
  EXPECT_EQ(sample.requests_per_second, 15);
  EXPECT_EQ(sample.errors_per_second, 2);
  EXPECT_EQ(sample.verdicts, (std::array<double, 4>{7, 2, 1, 0}));
  EXPECT_EQ(sample.queued, 5);
}

TEST(Between, HasNoQuantilesWithoutRequests) {
  EXPECT_EQ(Between(At(0, 0), At(1, 0)).p50_seconds, std::nullopt);
}

TEST(Between, TakesQuantilesOfWhatCameBetween) {
  Totals before = At(0, 1000), after = At(1, 1100);
  before.upto.assign(metrics::kSeconds.size(), 1000);  // a thousand fast ones before
  after.upto.assign(metrics::kSeconds.size(), 1000);
  // Of a hundred new ones, ninety took 1 to 2 ms and ten 0.1 to 0.2 s.
  for (std::size_t i = 0; i < metrics::kSeconds.size(); ++i) {
    if (metrics::kSeconds[i] >= 2e-3) after.upto[i] += 90;
    if (metrics::kSeconds[i] >= 0.2) after.upto[i] += 10;
  }
  const Sample sample = Between(before, after);
  EXPECT_THAT(sample.p50_seconds, Optional(DoubleNear(1.47e-3, 1e-5)));  // 1 ms x 2^(50/90)
  EXPECT_THAT(sample.p99_seconds, Optional(DoubleNear(0.1866, 1e-4)));   // 0.1 s x 2^(9/10)
}

TEST(Quantile, IsTheLastBoundForWhatIsOverIt) { EXPECT_EQ(Quantile({1, 2}, {0, 0, 8}, 0.5), 2); }

TEST(History, KeepsFiveMinutesBySecondAndAnHourByTenSeconds) {
  History history;
  for (int second = 0; second <= 5000; ++second) history.Add(At(second, 3.0 * second));
  ASSERT_EQ(history.fine().size(), 300U);
  ASSERT_EQ(history.coarse().size(), 360U);
  EXPECT_EQ(history.fine().front().number, 4701);
  EXPECT_EQ(history.fine().back().number, 5000);
  EXPECT_EQ(history.coarse().front().number, 1410);
  EXPECT_EQ(history.coarse().back().number, 5000);
  EXPECT_EQ(history.coarse().back().seconds, 10);
  EXPECT_EQ(history.coarse().back().requests_per_second, 3);
}

TEST(History, HasNoSampleOfASingleMoment) {
  History history;
  history.Add(At(0, 5));
  EXPECT_TRUE(history.fine().empty());
}

}  // namespace
}  // namespace credence::api::live
