#include "security/limiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace credence::security {
namespace {

using Ruling = Limiter::Ruling;
using std::chrono::milliseconds;

class LimiterTest : public testing::Test {
 protected:
  // How many of `tries` requests are allowed at this moment.
  int Allowed(Limiter& limiter, std::uint64_t caller, int tries) {
    int allowed = 0;
    for (int i = 0; i < tries; ++i) {
      if (limiter.Enter(caller, clock_.Now()).ruling != Ruling::kYes) continue;
      ++allowed;
      limiter.Leave(caller);
    }
    return allowed;
  }

  FakeClock clock_;
};

TEST_F(LimiterTest, AllowsASecondsRequestsAtOnceAndThenTheRate) {
  Limiter limiter({.rate = 10}, 1);
  EXPECT_EQ(Allowed(limiter, 7, 100), 10);
  const auto refused = limiter.Enter(7, clock_.Now());
  EXPECT_EQ(refused.ruling, Ruling::kTooFast);
  EXPECT_EQ(refused.wait, milliseconds(100));
  EXPECT_EQ(Allowed(limiter, 8, 100), 10);  // another caller
  clock_.Advance(milliseconds(300));
  EXPECT_EQ(Allowed(limiter, 7, 100), 3);
  clock_.Advance(milliseconds(60'000));
  EXPECT_EQ(Allowed(limiter, 7, 100), 10);  // nothing is saved up beyond a second
}

TEST_F(LimiterTest, ARateBelowOneIsOneRequestInAWhile) {
  Limiter limiter({.rate = 0.5}, 1);
  EXPECT_EQ(Allowed(limiter, 7, 10), 1);
  clock_.Advance(milliseconds(1999));
  EXPECT_EQ(Allowed(limiter, 7, 10), 0);
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(Allowed(limiter, 7, 10), 1);
}

TEST_F(LimiterTest, CountsWhatIsUnderWay) {
  Limiter limiter({.concurrency = 2}, 1);
  EXPECT_EQ(limiter.Enter(7, clock_.Now()).ruling, Ruling::kYes);
  EXPECT_EQ(limiter.Enter(7, clock_.Now()).ruling, Ruling::kYes);
  EXPECT_EQ(limiter.Enter(7, clock_.Now()).ruling, Ruling::kTooManyAtOnce);
  EXPECT_EQ(limiter.Enter(8, clock_.Now()).ruling, Ruling::kYes);
  limiter.Leave(7);
  EXPECT_EQ(limiter.Enter(7, clock_.Now()).ruling, Ruling::kYes);
}

TEST_F(LimiterTest, ARefusedRequestTakesNothingFromTheRate) {
  Limiter limiter({.rate = 10, .concurrency = 1}, 1);
  EXPECT_EQ(limiter.Enter(7, clock_.Now()).ruling, Ruling::kYes);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(limiter.Enter(7, clock_.Now()).ruling, Ruling::kTooManyAtOnce);
  }
  limiter.Leave(7);
  EXPECT_EQ(Allowed(limiter, 7, 100), 9);
}

TEST_F(LimiterTest, AFullTableHoldsNewcomersTogetherAndForgetsWhoRests) {
  Limiter limiter({.rate = 1, .concurrency = 3}, 1, Limiter::kShards);  // one entry a part
  int allowed = 0;
  for (std::uint64_t caller = 0; caller < 10'000; ++caller) {
    allowed += Allowed(limiter, caller, 1);
  }
  // An entry and the shared one in each part.
  EXPECT_EQ(allowed, 2 * static_cast<int>(Limiter::kShards));
  clock_.Advance(milliseconds(2000));
  EXPECT_EQ(Allowed(limiter, 123'456, 1), 1);
}

TEST_F(LimiterTest, WhatIsUnderWayIsNeverForgotten) {
  Limiter limiter({.concurrency = 1}, 1, Limiter::kShards);
  EXPECT_EQ(limiter.Enter(7, clock_.Now()).ruling, Ruling::kYes);
  clock_.Advance(milliseconds(10'000));
  for (std::uint64_t caller = 100; caller < 2000; ++caller) {
    if (limiter.Enter(caller, clock_.Now()).ruling == Ruling::kYes) limiter.Leave(caller);
  }
  EXPECT_EQ(limiter.Enter(7, clock_.Now()).ruling, Ruling::kTooManyAtOnce);
}

TEST_F(LimiterTest, ManyThreadsTogetherGetWhatOneWould) {
  Limiter limiter({.rate = 1000}, 1);
  std::atomic<int> allowed{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { allowed += Allowed(limiter, 7, 5000); });
    }
  }
  EXPECT_EQ(allowed, 1000);
}

}  // namespace
}  // namespace credence::security
