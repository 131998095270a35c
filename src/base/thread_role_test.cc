#include "base/thread_role.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

namespace credence {
namespace {

int Nice() { return getpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid))); }

TEST(EnterThread, NamesTheThread) {
  std::jthread([] {
    EnterThread("a-name-of-more-than-fifteen", ThreadRole::kServing);
    char name[32];
    ASSERT_EQ(pthread_getname_np(pthread_self(), name, sizeof name), 0);
    EXPECT_STREQ(name, "a-name-of-more-");
  });
}

TEST(EnterThread, BackgroundIsOfLowerPriorityAndSoAreItsThreads) {
  const int before = Nice();
  std::jthread([before] {
    EnterThread("background", ThreadRole::kBackground);
    EXPECT_EQ(Nice(), 10);
    std::jthread([] { EXPECT_EQ(Nice(), 10); });
    EXPECT_GE(Nice(), before);
  });
  EXPECT_EQ(Nice(), before);
}

TEST(EnterThread, ServingKeepsItsPriority) {
  const int before = Nice();
  std::jthread([before] {
    EnterThread("serving", ThreadRole::kServing);
    EXPECT_EQ(Nice(), before);
  });
}

}  // namespace
}  // namespace credence
