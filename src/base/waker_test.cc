#include "base/waker.h"

#include <gtest/gtest.h>

#include <thread>

namespace credence {
namespace {

TEST(Waker, AWakeBeforeTheWaitCounts) {
  Waker waker;
  waker.Wake();
  EXPECT_TRUE(waker.WaitUntil({}, SteadyTime::max()));
  EXPECT_FALSE(waker.WaitUntil({}, SteadyTime::min()));
}

TEST(Waker, AnotherThreadEndsTheWait) {
  Waker waker;
  std::jthread other([&] { waker.Wake(); });
  EXPECT_TRUE(waker.WaitUntil({}, SteadyTime::max()));
}

TEST(Waker, AStopEndsTheWait) {
  Waker waker;
  std::stop_source stop;
  std::jthread other([&] { stop.request_stop(); });
  EXPECT_FALSE(waker.WaitUntil(stop.get_token(), SteadyTime::max()));
}

}  // namespace
}  // namespace credence
