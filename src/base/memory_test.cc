#include "base/memory.h"

#include <gtest/gtest.h>

namespace credence {
namespace {

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
