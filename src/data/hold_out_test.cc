#include "data/hold_out.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace credence::data {
namespace {

TEST(HoldOut, TakesTheShareOfEachClassAndEveryRowOnce) {
  std::vector<std::int32_t> labels(100);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = i < 80 ? 0 : 1;
  const HoldOut parts = HoldOutRows(labels, {.share = 0.25, .seed = 7});
  EXPECT_EQ(parts.held_out.size(), 25u);
  EXPECT_EQ(std::count_if(parts.held_out.begin(), parts.held_out.end(),
                          [](std::int64_t row) { return row < 80; }),
            20);
  std::vector<std::int64_t> all = parts.kept;
  all.insert(all.end(), parts.held_out.begin(), parts.held_out.end());
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i < labels.size(); ++i) EXPECT_EQ(all[i], static_cast<std::int64_t>(i));
}

TEST(HoldOut, IsFixedByTheSeed) {
  const std::vector<std::int32_t> labels(12, 3);
  EXPECT_EQ(HoldOutRows(labels, {.share = 0.5, .seed = 1}).held_out,
            HoldOutRows(labels, {.share = 0.5, .seed = 1}).held_out);
  EXPECT_NE(HoldOutRows(labels, {.share = 0.5, .seed = 1}).held_out,
            HoldOutRows(labels, {.share = 0.5, .seed = 2}).held_out);
}

// Class 0 has two groups, class 1 one of its own.
TEST(HoldOut, AClassOfOneGroupKeepsIt) {
  const std::vector<std::int32_t> labels = {0, 0, 0, 0, 1, 1}, groups = {0, 0, 1, 1, 2, 2};
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const HoldOut parts = HoldOutRows(labels, {.share = 0.25, .seed = seed, .groups = groups});
    EXPECT_EQ(parts.held_out.size(), 2u);
    EXPECT_TRUE(std::ranges::count(parts.kept, 4) == 1 && std::ranges::count(parts.kept, 5) == 1);
  }
}

TEST(HoldOut, KeepsGroupsTogether) {
  std::vector<std::int32_t> labels, groups;
  for (std::int32_t i = 0; i < 120; ++i) {
    labels.push_back(i % 2);
    groups.push_back(i / 2 % 12);  // each group has rows of both classes
  }
  const HoldOut parts = HoldOutRows(labels, {.share = 0.25, .seed = 3, .groups = groups});
  const std::set<std::int64_t> out(parts.held_out.begin(), parts.held_out.end());
  EXPECT_EQ(out.size(), 30u);
  std::map<std::int32_t, int> taken;
  for (const std::int64_t row : out) ++taken[groups[static_cast<std::size_t>(row)]];
  EXPECT_EQ(taken.size(), 3u);
  for (const auto& [group, rows] : taken) EXPECT_EQ(rows, 10) << group;
}

}  // namespace
}  // namespace credence::data
