#include "base/memory.h"

#include <gtest/gtest.h>

namespace credence {
namespace {

TEST(BytesOfMemoryMax, IsTheNumberOrNoLimit) {
  EXPECT_EQ(BytesOfMemoryMax("536870912"), 536870912u);
  for (const char* text : {"", "max", "0", "-1", "12x"}) {
    EXPECT_EQ(BytesOfMemoryMax(text), UINT64_MAX) << text;
  }
}

TEST(UsableMemory, IsSomeAndNotAll) {
  EXPECT_GT(UsableMemory(), 1u << 20);
  EXPECT_LT(UsableMemory(), UINT64_MAX);
}

TEST(HeapTrimmer, EndsAtOnce) {
  ByteBudget budget(1);
  HeapTrimmer trimmer(budget);
}

}  // namespace
}  // namespace credence
