#include "base/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/test_folder.h"

namespace credence {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

LineWriter::Options Named() {
  return {.thread_name = "test-log",
          .lost_line = [](std::uint64_t lines) { return "lost " + std::to_string(lines) + "\n"; }};
}

// Both ends of a pipe that holds 4096 bytes.
struct Pipe {
  Pipe() {
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    EXPECT_GE(::fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
    std::signal(SIGPIPE, SIG_IGN);
  }
  ~Pipe() {
    CloseReader();
    ::close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void CloseReader() {
    if (ends[0] >= 0) ::close(std::exchange(ends[0], -1));
  }
  // Adds what there is, at least a byte.
  bool ReadInto(std::string& text) {
    char buffer[4096];
    const ssize_t n = ::read(ends[0], buffer, sizeof buffer);
    if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }
  int ends[2];
};

class LineWriterTest : public testing::Test {
 protected:
  const TestFolder folder_;
  const std::string path_ = (folder_ / "log").string();
};

TEST_F(LineWriterTest, WritesAllLinesInTheirOrder) {
  auto writer = LineWriter::Open(path_, Named());
  ASSERT_TRUE(writer);
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string line = std::to_string(i) + "\n";
    (*writer)->Append(line);
    expected += line;
  }
  writer->reset();
  EXPECT_EQ(folder_.Read("log"), expected);
}

TEST_F(LineWriterTest, GathersLines) {
  LineWriter::Options options = Named();
  options.gather = std::chrono::milliseconds(5);
  auto writer = LineWriter::Open(path_, options);
  ASSERT_TRUE(writer);
  (*writer)->Append("one\n");
  while (folder_.Read("log").empty()) std::this_thread::yield();
  EXPECT_EQ(folder_.Read("log"), "one\n");
}

TEST_F(LineWriterTest, SaysWhyAFileCannotBeOpened) {
  const auto writer = LineWriter::Open(folder_ / "none" / "log", Named());
  ASSERT_FALSE(writer);
  EXPECT_NE(writer.error().message.find("No such file"), std::string::npos);
}

TEST_F(LineWriterTest, FollowsAFileThatWasRenamed) {
  auto writer = LineWriter::Open(path_, Named());
  ASSERT_TRUE(writer);
  (*writer)->Append("before\n");
  while (folder_.Read("log").empty()) std::this_thread::yield();
  fs::rename(path_, path_ + ".1");
  (*writer)->Reopen();
  while (!fs::exists(path_)) std::this_thread::yield();
  (*writer)->Append("after\n");
  writer->reset();
  EXPECT_EQ(folder_.Read("log.1"), "before\n");
  EXPECT_EQ(folder_.Read("log"), "after\n");
}

TEST_F(LineWriterTest, NoticesARenamedFileByItself) {
  auto writer = LineWriter::Open(path_, Named());
  ASSERT_TRUE(writer);
  fs::rename(path_, path_ + ".1");
  while (!fs::exists(path_)) std::this_thread::yield();
  (*writer)->Append("after\n");
  writer->reset();
  EXPECT_EQ(folder_.Read("log"), "after\n");
}

TEST(LineWriter_, ReaderThatDoesNotReadDelaysNobodyAndEveryLineIsWrittenOrCounted) {
  Pipe pipe;
  const std::string line = std::string(1023, 'x') + "\n";
  constexpr std::uint64_t kLines = 2 * LineWriter::kWaitingBytesMax / 1024 + 100;
  LineWriter writer(pipe.ends[1], Named());
  for (std::uint64_t i = 0; i < kLines; ++i) writer.Append(line);
  EXPECT_GT(writer.lost(), 0u);
  std::uint64_t written = 0, told = 0;
  std::string text;
  while (written + told < kLines) {
    ASSERT_TRUE(pipe.ReadInto(text));
    for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
      if (text.starts_with("lost ")) {
        told += std::stoull(text.substr(5, end));
      } else {
        ++written;
      }
      text.erase(0, end + 1);
    }
  }
  EXPECT_EQ(told, writer.lost());
  EXPECT_EQ(written, kLines - told);
}

TEST(LineWriter_, EndsAlthoughNobodyReads) {
  Pipe pipe;
  auto writer = std::make_unique<LineWriter>(pipe.ends[1], Named());
  for (int i = 0; i < 100; ++i) writer->Append(std::string(1023, 'x') + "\n");
  const auto start = Clock::now();
  writer.reset();
  EXPECT_GE(Clock::now() - start, LineWriter::kExitLimit);
}

TEST(LineWriter_, CountsWhatAClosedPipeLoses) {
  Pipe pipe;
  pipe.CloseReader();
  LineWriter writer(pipe.ends[1], Named());
  writer.Append("one\n");
  writer.Append("two\n");
  while (writer.lost() < 2) std::this_thread::yield();
}

TEST_F(LineWriterTest, CountsWhatAFullDiskLosesAndSaysSoOnceItCanWrite) {
  auto full = LineWriter::Open("/dev/full", Named());
  ASSERT_TRUE(full);
  (*full)->Append("one\n");
  (*full)->Append("two\n");
  while ((*full)->lost() < 2) std::this_thread::yield();
  full->reset();

  // A file that may grow to 8 bytes: what was written of the line is taken back.
  struct rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  auto writer = LineWriter::Open(path_, Named());
  ASSERT_TRUE(writer);
  const rlimit eight = {8, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &eight), 0);
  (*writer)->Append("0123456789\n");
  while ((*writer)->lost() < 1) std::this_thread::yield();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  (*writer)->Append("next\n");
  writer->reset();
  EXPECT_EQ(folder_.Read("log"), "next\nlost 1\n");
}

}  // namespace
}  // namespace credence
