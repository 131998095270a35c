#include "base/child.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace credence {
namespace {

using std::chrono::milliseconds;

Result<ChildEnd> Shell(const std::string& script, milliseconds time_max = milliseconds(60'000)) {
  return RunChild({"/bin/sh", "-c", script}, time_max);
}

TEST(RunChild, TellsStatusAndOutput) {
  const auto end = Shell("echo one; echo two >&2; exit 3");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->kind, ChildEnd::Kind::kExited);
  EXPECT_EQ(end->value, 3);
  EXPECT_EQ(end->output, "one\n");
}

TEST(RunChild, TellsTheSignal) {
  const auto end = Shell("kill -SEGV $$");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->kind, ChildEnd::Kind::kSignalled);
  EXPECT_EQ(end->value, SIGSEGV);
}

TEST(RunChild, KillsWhatTakesTooLong) {
  const auto end = Shell("echo begun; exec sleep 600", milliseconds(200));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->kind, ChildEnd::Kind::kTimedOut);
}

TEST(RunChild, EndsAtAStop) {
  std::stop_source stop;
  stop.request_stop();
  const auto end =
      RunChild({"/bin/sh", "-c", "exec sleep 600"}, milliseconds(600'000), stop.get_token());
  ASSERT_TRUE(end);
  EXPECT_EQ(end->kind, ChildEnd::Kind::kStopped);
}

TEST(RunChild, CutsAnEndlessOutput) {
  const auto end = Shell("yes | head -c 1000000");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->kind, ChildEnd::Kind::kExited);
  EXPECT_EQ(end->output.size(), std::size_t{64} << 10);
}

TEST(RunChild, HasNoDescriptorOfOurs) {
  const auto end = Shell("ls /proc/self/fd");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->output, "0\n1\n2\n3\n");  // 3: the folder that ls reads
}

TEST(RunChild, SaysWhenItCannotStart) {
  const auto end = RunChild({"/nowhere/program"}, milliseconds(1000));
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Code::kUnavailable);
  EXPECT_EQ(end.error().message, "cannot start /nowhere/program: No such file or directory");
}

}  // namespace
}  // namespace credence
