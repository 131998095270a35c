#include "base/arrivals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace credence {
namespace {

struct Value {
  explicit Value(int n, std::atomic<int>* destroyed = nullptr) : number(n), count(destroyed) {}
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  ~Value() {
    if (count != nullptr) ++*count;
  }
  int number;
  std::atomic<int>* count;
  Value* next_arrived = nullptr;
};

std::vector<int> Taken(Arrivals<Value>& arrivals) {
  std::vector<int> numbers;
  auto taken = arrivals.TakeAll();
  while (const auto value = taken.Next()) numbers.push_back(value->number);
  return numbers;
}

TEST(Arrivals, AreTakenInTheirOrderAndTheFirstIsTold) {
  Arrivals<Value> arrivals;
  EXPECT_EQ(arrivals.Put(std::make_unique<Value>(1)), Placed::kFirst);
  EXPECT_EQ(arrivals.Put(std::make_unique<Value>(2)), Placed::kMore);
  EXPECT_EQ(arrivals.Put(std::make_unique<Value>(3)), Placed::kMore);
  EXPECT_EQ(Taken(arrivals), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(Taken(arrivals), std::vector<int>{});
  EXPECT_EQ(arrivals.Put(std::make_unique<Value>(4)), Placed::kFirst);
}

TEST(Arrivals, ThatWereTakenAndNotLookedAtAreDestroyed) {
  std::atomic<int> destroyed = 0;
  Arrivals<Value> arrivals;
  for (int i = 0; i < 3; ++i) arrivals.Put(std::make_unique<Value>(i, &destroyed));
  {
    auto taken = arrivals.TakeAll();
    EXPECT_EQ(taken.Next()->number, 0);
  }
  EXPECT_EQ(destroyed, 3);
}

TEST(Arrivals, AreDestroyedOnceClosed) {
  std::atomic<int> destroyed = 0;
  Arrivals<Value> arrivals;
  arrivals.Put(std::make_unique<Value>(1, &destroyed));
  arrivals.Close();
  EXPECT_EQ(destroyed, 1);
  EXPECT_EQ(arrivals.Put(std::make_unique<Value>(2, &destroyed)), Placed::kClosed);
  EXPECT_EQ(destroyed, 2);
  EXPECT_EQ(Taken(arrivals), std::vector<int>{});
  arrivals.Close();
}

TEST(Arrivals, OfManyThreadsAllComeOnceAndEachThreadsInItsOrder) {
  constexpr int kThreads = 4, kEach = 5000;
  Arrivals<Value> arrivals;
  std::vector<std::vector<int>> seen(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&arrivals, t] {
        for (int i = 0; i < kEach; ++i) arrivals.Put(std::make_unique<Value>(t * kEach + i));
      });
    }
    for (int all = 0; all < kThreads * kEach;) {
      for (const int number : Taken(arrivals)) {
        seen[static_cast<std::size_t>(number / kEach)].push_back(number % kEach);
        ++all;
      }
    }
  }
  for (const std::vector<int>& numbers : seen) {
    ASSERT_EQ(numbers.size(), static_cast<std::size_t>(kEach));
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  }
}

TEST(Arrivals, WhatIsPutWhileClosingIsDestroyedOnce) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> destroyed = 0;
    {
      Arrivals<Value> arrivals;
      std::vector<std::jthread> threads;
      for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] {
          for (int i = 0; i < 3; ++i) arrivals.Put(std::make_unique<Value>(i, &destroyed));
        });
      }
      Taken(arrivals);
      arrivals.Close();
    }
    EXPECT_EQ(destroyed, 6);
  }
}

}  // namespace
}  // namespace credence
