#include "base/byte_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace credence {
namespace {

TEST(ByteBudget, RefusesWhatDoesNotFitAndCountsIt) {
  ByteBudget budget(100);
  EXPECT_TRUE(budget.Take(60, ByteUse::kWork));
  EXPECT_FALSE(budget.Take(41, ByteUse::kWork));
  EXPECT_TRUE(budget.Take(40, ByteUse::kWork));
  EXPECT_EQ(budget.used(), 100u);
  EXPECT_EQ(budget.refused(ByteUse::kWork), 1u);
  EXPECT_EQ(budget.refused(ByteUse::kBody), 0u);
  budget.GiveBack(100);
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_EQ(budget.freed(), 100u);
}

TEST(ByteBudget, BodiesLeaveHalfOfItToWork) {
  constexpr std::uint64_t kMiB = 1 << 20;
  ByteBudget budget(100 * kMiB);
  EXPECT_TRUE(budget.Take(50 * kMiB, ByteUse::kBody));
  EXPECT_FALSE(budget.Take(kMiB, ByteUse::kBody));
  EXPECT_TRUE(budget.Take(25 * kMiB - kSmallBytes, ByteUse::kWork));
  EXPECT_TRUE(budget.Take(kSmallBytes, ByteUse::kBody));
  EXPECT_FALSE(budget.Take(1, ByteUse::kBody));
  EXPECT_TRUE(budget.Take(25 * kMiB, ByteUse::kWork));
}

TEST(ByteBudget, NoSumOverflows) {
  ByteBudget budget(100);
  EXPECT_TRUE(budget.Take(10, ByteUse::kWork));
  EXPECT_FALSE(budget.Take(UINT64_MAX, ByteUse::kWork));
  EXPECT_FALSE(budget.Take(UINT64_MAX - 9, ByteUse::kWork));
  EXPECT_EQ(budget.used(), 10u);
}

TEST(ByteBudget, IsNeverExceededByManyThreads) {
  ByteBudget budget(1000);
  std::atomic<bool> exceeded{false};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20'000; ++i) {
          if (!budget.Take(300, ByteUse::kWork)) continue;
          if (budget.used() > budget.limit()) exceeded = true;
          budget.GiveBack(300);
        }
      });
    }
  }
  EXPECT_FALSE(exceeded);
  EXPECT_EQ(budget.used(), 0u);
}

TEST(HeldBytes, GrowShrinkAndAreGivenBack) {
  ByteBudget budget(100);
  {
    HeldBytes held(&budget, ByteUse::kWork);
    EXPECT_TRUE(held.Resize(80));
    EXPECT_FALSE(held.Resize(101));
    EXPECT_EQ(held.bytes(), 80u);
    EXPECT_TRUE(held.Resize(30));
    EXPECT_EQ(budget.used(), 30u);
    HeldBytes moved = std::move(held);
    EXPECT_EQ(budget.used(), 30u);
    EXPECT_EQ(moved.bytes(), 30u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(HeldBytes, ReachSaysWhatWasMissing) {
  ByteBudget budget(100);
  HeldBytes other(&budget, ByteUse::kWork), held(&budget, ByteUse::kWork);
  ASSERT_TRUE(other.Resize(70));
  EXPECT_TRUE(held.Reach(30, "this picture"));
  const auto later = held.Reach(31, "this picture");
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, Code::kResourceExhausted);
  EXPECT_EQ(later.error().message,
            "overloaded: this picture needs 31 bytes of memory, and 100 of 100 are in use");
  const auto never = held.Reach(101, "this picture");
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, Code::kTooLarge);
  EXPECT_EQ(never.error().message,
            "this picture needs 101 bytes of memory; the limit is 100 (see --memory-max)");
}

TEST(HeldBytes, WhatTheSameRequestHoldsElsewhereCountsForWhetherItCanEverFit) {
  ByteBudget budget(100);
  HeldBytes body(&budget, ByteUse::kBody), parsed(&budget, ByteUse::kWork);
  ASSERT_TRUE(body.Resize(30));
  const auto never = parsed.Reach(80, "this JSON", body.bytes());
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, Code::kTooLarge);
  EXPECT_EQ(never.error().message,
            "this JSON needs 110 bytes of memory; the limit is 100 (see --memory-max)");
}

TEST(HeldBytes, WithoutABudgetEverythingFits) {
  HeldBytes held;
  EXPECT_TRUE(held.Resize(UINT64_MAX));
}

}  // namespace
}  // namespace credence
