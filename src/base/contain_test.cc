#include "base/contain.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <system_error>

namespace credence {
namespace {

TEST(Attempt, ReturnsNothingWhenNothingIsThrown) {
  int done = 0;
  EXPECT_FALSE(Attempt([&] { ++done; }));
  EXPECT_EQ(done, 1);
}

TEST(Attempt, AFailedAllocationIsAWantOfMemory) {
  const auto error = Attempt([] { throw std::bad_alloc(); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Code::kResourceExhausted);
  EXPECT_EQ(error->message, "out of memory");
}

TEST(Attempt, AThreadThatCannotStartIsAWantToo) {
  const auto error = Attempt([] {
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Code::kResourceExhausted);
}

TEST(Attempt, AnythingElseIsInternalWithItsText) {
  const auto error = Attempt([] { throw std::runtime_error("broken"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Code::kInternal);
  EXPECT_EQ(error->message, "broken");
  const auto unknown = Attempt([] { throw 1; });
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->code, Code::kInternal);
}

}  // namespace
}  // namespace credence
