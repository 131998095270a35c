#include "base/write_file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iterator>
#include <string>

#include "base/test_folder.h"

namespace credence {
namespace {

namespace fs = std::filesystem;

class WriteFileTest : public testing::Test {
 protected:
  const TestFolder folder_;
};

TEST_F(WriteFileTest, ReplacesTheFile) {
  ASSERT_TRUE(WriteAtomically(folder_ / "a", "old, and longer"));
  ASSERT_TRUE(WriteAtomically(folder_ / "a", "new"));
  EXPECT_EQ(folder_.Read("a"), "new");
}

TEST_F(WriteFileTest, MakesTheFolder) {
  ASSERT_TRUE(WriteAtomically(folder_ / "x/y/a", "text"));
  EXPECT_EQ(folder_.Read("x/y/a"), "text");
}

TEST_F(WriteFileTest, LeavesNothingBeside) {
  ASSERT_TRUE(WriteAtomically(folder_ / "a", "text"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 1);
}

// A child writes one version after another; it is killed at another moment each time. Whoever reads
// meanwhile or afterwards finds one whole version.
TEST_F(WriteFileTest, AKillAtAnyMomentLeavesOneWholeVersion) {
  const fs::path file = folder_ / "a";
  const auto version = [](int i) { return std::string(200'000, static_cast<char>('a' + i % 26)); };
  ASSERT_TRUE(WriteAtomically(file, version(0)));
  for (int reads = 1; reads <= 30; ++reads) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (int i = 0;; ++i) (void)WriteAtomically(file, version(i));
    }
    for (int i = 0; i < reads; ++i) {
      const std::string text = folder_.Read("a");
      ASSERT_EQ(text, version(text[0] - 'a'));
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    const std::string text = folder_.Read("a");
    ASSERT_EQ(text, version(text[0] - 'a'));
  }
}

TEST_F(WriteFileTest, SaysWhichFileCannotBeWritten) {
  fs::create_directories(folder_ / "a");  // a folder: cannot be renamed over
  const auto written = WriteAtomically(folder_ / "a", "text");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message,
            "cannot write " + (folder_ / "a").string() + ": Is a directory");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace credence
