#include "track/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "track/test_mlflow.h"

namespace credence::track {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string Read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(Run, WritesALineOfJsonAnEvent) {
  const TestFolder folder;
  const FakeClock clock;
  auto run = Run::Create(folder.path(), "digits", "first", clock);
  ASSERT_TRUE(run) << run.error().message;
  ASSERT_TRUE(run->Param("recipe", "base\"line"));
  ASSERT_TRUE(run->Metric("loss", 0.25, 3));
  ASSERT_TRUE(run->Finish(Status::kKilled));
  EXPECT_EQ(Read(run->folder() / "events.jsonl"),
            "{\"event\":\"start\",\"time\":1000,\"key\":\"digits\",\"value\":\"first\"}\n"
            "{\"event\":\"param\",\"time\":1000,\"key\":\"recipe\",\"value\":\"base\\\"line\"}\n"
            "{\"event\":\"metric\",\"time\":1000,\"key\":\"loss\",\"number\":0.25,\"step\":3}\n"
            "{\"event\":\"finish\",\"time\":1000,\"value\":\"KILLED\"}\n");
  EXPECT_TRUE(run->folder().filename().string().starts_with("19700101T000001Z-"));
}

TEST(Run, GoesOnBehindWhatACrashLeft) {
  const TestFolder folder;
  const FakeClock clock;
  fs::path path;
  {
    auto run = Run::Create(folder.path(), "digits", "", clock);
    ASSERT_TRUE(run);
    path = run->folder();
    ASSERT_TRUE(run->Metric("loss", 1, 1));
  }
  std::ofstream(path / "events.jsonl", std::ios::app) << "{\"event\":\"met";
  EXPECT_EQ(FindUnfinished(folder.path(), "digits"), path);
  auto run = Run::Open(path, clock);
  ASSERT_TRUE(run) << run.error().message;
  ASSERT_TRUE(run->Metric("loss", 1, 1));  // told before the crash
  ASSERT_TRUE(run->Metric("loss", 2, 2));
  const auto log = ReadEvents(path);
  ASSERT_TRUE(log) << log.error().message;
  ASSERT_THAT(log->events, SizeIs(3));
  EXPECT_EQ(log->events[2].number, 2);
  EXPECT_EQ(log->events[2].step, 2);
}

TEST(Run, KeepsArtifactsAsTheyWere) {
  const TestFolder folder;
  const FakeClock clock;
  fs::create_directories(folder.path() / "version/b");
  std::ofstream(folder.path() / "version/a.txt") << "A";
  std::ofstream(folder.path() / "version/b/c.txt") << "C";
  auto run = Run::Create(folder.path() / "spool", "digits", "", clock);
  ASSERT_TRUE(run);
  ASSERT_TRUE(run->Artifact(folder.path() / "version", "model"));
  ASSERT_TRUE(run->Artifact(folder.path() / "version/a.txt", "top.txt"));
  fs::remove_all(folder.path() / "version");
  EXPECT_EQ(Read(run->folder() / "artifacts/model/a.txt"), "A");
  EXPECT_EQ(Read(run->folder() / "artifacts/model/b/c.txt"), "C");
  EXPECT_EQ(Read(run->folder() / "artifacts/top.txt"), "A");
  EXPECT_EQ(run->Artifact(folder.path() / "gone", "gone").error().code, Code::kUnavailable);
}

TEST(FindRuns, LooksInARepositorysSpool) {
  const TestFolder folder;
  const FakeClock clock;
  auto run = Run::Create(folder.path() / ".track", "digits", "", clock);
  ASSERT_TRUE(run);
  for (const fs::path& path : {folder.path(), folder.path() / ".track", run->folder()}) {
    const auto runs = FindRuns(path);
    ASSERT_TRUE(runs) << path;
    EXPECT_THAT(*runs, ElementsAre(run->folder()));
  }
  EXPECT_EQ(FindRuns(folder.path() / "none").error().code, Code::kNotFound);
}

TEST(FindUnfinished, PassesOverEndedAndOtherRuns) {
  const TestFolder folder;
  const FakeClock clock;
  auto other = Run::Create(folder.path(), "letters", "", clock);
  EXPECT_EQ(FindUnfinished(folder.path(), "digits"), "");
  auto run = Run::Create(folder.path(), "digits", "", clock);
  ASSERT_TRUE(run && run->Finish(Status::kFinished));
  EXPECT_EQ(FindUnfinished(folder.path(), "digits"), "");
}

TEST(ReadEvents, NamesTheLineThatIsNoEvent) {
  const TestFolder folder;
  std::ofstream(folder.path() / "events.jsonl")
      << "{\"event\":\"start\",\"time\":1}\n{\"event\":\"party\"}\n";
  const auto log = ReadEvents(folder.path());
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, Code::kDataLoss);
  EXPECT_THAT(log.error().message, HasSubstr("events.jsonl: line 2 "));
}

}  // namespace
}  // namespace credence::track
