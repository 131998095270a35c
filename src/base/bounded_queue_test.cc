#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace credence {
namespace {

TEST(BoundedQueue, RefusesWhenFullAndLeavesTheValue) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  auto a = std::make_unique<int>(1);
  auto b = std::make_unique<int>(2);
  EXPECT_TRUE(queue.TryPush(a));
  EXPECT_FALSE(queue.TryPush(b));
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(**queue.Pop(), 1);
  EXPECT_TRUE(queue.TryPush(b));
}

TEST(BoundedQueue, ClosedQueueDrainsThenEnds) {
  BoundedQueue<int> queue(4);
  int one = 1;
  EXPECT_TRUE(queue.TryPush(one));
  queue.Close();
  EXPECT_FALSE(queue.TryPush(one));
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(BoundedQueue, LowerLevelsGoFirst) {
  BoundedQueue<int, 2> queue(4);
  int one = 1, two = 2, three = 3;
  EXPECT_TRUE(queue.TryPush(one, 1));
  EXPECT_TRUE(queue.TryPush(two, 0));
  EXPECT_TRUE(queue.TryPush(three, 1));
  EXPECT_EQ(queue.Pop(), 2);
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), 3);
}

TEST(BoundedQueue, PopIfTakesTheNextValueOrNone) {
  BoundedQueue<int> queue(4);
  const auto small = [](int value) { return value < 10; };
  EXPECT_EQ(queue.PopIf(small), std::nullopt);
  int one = 1, many = 11;
  EXPECT_TRUE(queue.TryPush(one));
  EXPECT_TRUE(queue.TryPush(many));
  EXPECT_EQ(queue.PopIf(small), 1);
  EXPECT_EQ(queue.PopIf(small), std::nullopt);
  EXPECT_EQ(queue.size(), 1u);
}

TEST(BoundedQueue, CloseWakesAWaitingConsumer) {
  BoundedQueue<int> queue(1);
  std::jthread consumer([&] { EXPECT_EQ(queue.Pop(), std::nullopt); });
  queue.Close();
}

TEST(BoundedQueue, EveryPushedValueIsPoppedOnce) {
  BoundedQueue<int> queue(16);
  constexpr int kEach = 500;
  std::atomic<int> sum{0};
  {
    std::jthread consumer([&] {
      while (auto value = queue.Pop()) sum += *value;
    });
    std::jthread producer([&] {
      for (int i = 1; i <= kEach;) {
        if (queue.TryPush(i)) ++i;
      }
      queue.Close();
    });
  }
  EXPECT_EQ(sum, kEach * (kEach + 1) / 2);
}

}  // namespace
}  // namespace credence
