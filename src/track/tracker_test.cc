#include "track/tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "track/send.h"
#include "track/test_mlflow.h"

namespace credence::track {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class TrackerTest : public testing::Test {
 protected:
  TrackerOptions Options(const std::string& url) {
    return {.url = url,
            .spool = folder_.path() / ".track",
            .experiment = "digits",
            .name = "first",
            .warn = [this](const std::string& text) { warnings_.push_back(text); }};
  }
  TestFolder folder_;
  FakeClock clock_;
  std::vector<std::string> warnings_;
};

TEST_F(TrackerTest, TellsTheServerAtEachFlush) {
  TestMlflow server;
  Tracker tracker(Options(server.url()), clock_);
  tracker.Metric("loss", 1, 1);
  tracker.Flush();
  EXPECT_THAT(server.requests().back(), HasSubstr("\"step\":1"));
  tracker.Metric("loss", 0.5, 2);
  tracker.Flush();
  EXPECT_THAT(server.requests().back(), HasSubstr("\"step\":2"));
  tracker.Finish(Status::kFinished);
  EXPECT_THAT(server.requests().back(), HasSubstr("FINISHED"));
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(TrackerTest, WarnsOnceOfAServerThatIsDownAndKeepsAll) {
  std::string down;
  {
    const TestMlflow server;
    down = server.url();
  }
  Tracker tracker(Options(down), clock_);
  for (int epoch = 1; epoch <= 3; ++epoch) {
    tracker.Metric("loss", 1, epoch);
    tracker.Flush();
  }
  tracker.Finish(Status::kFinished);
  EXPECT_THAT(warnings_,
              ElementsAre(HasSubstr("training goes on"), HasSubstr("credence track push")));

  TestMlflow up;
  const auto runs = FindRuns(folder_.path());
  ASSERT_TRUE(runs);
  ASSERT_THAT(*runs, SizeIs(1));
  const auto sent = SendRun(runs->front(), up.url(), {});
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->events, 5u);
}

TEST_F(TrackerTest, KeepsAPasswordOutOfWarningsAndFiles) {
  TestMlflow server;
  const std::string url = "http://jo:s3cret@" + server.url().substr(7);
  Tracker(Options(url), clock_).Finish(Status::kFinished);
  EXPECT_THAT(warnings_, IsEmpty());
  const auto runs = FindRuns(folder_.path());
  ASSERT_TRUE(runs);
  EXPECT_EQ(SendRun(runs->front(), url, {})->events, 0u);  // it knows the server again
  std::ifstream sent(runs->front() / "sent.json");
  const std::string text((std::istreambuf_iterator<char>(sent)), std::istreambuf_iterator<char>());
  EXPECT_THAT(text, AllOf(HasSubstr("***@127.0.0.1"), Not(HasSubstr("s3cret"))));

  Tracker tracker(Options("http://jo:s3cret@127.0.0.1:1"), clock_);
  tracker.Flush();
  tracker.Finish(Status::kFinished);
  EXPECT_THAT(warnings_, SizeIs(2));
  EXPECT_THAT(warnings_, Each(AllOf(HasSubstr("***@127.0.0.1:1"), Not(HasSubstr("s3cret")))));
}

TEST_F(TrackerTest, LeavesAFailedServerAloneUntilTheEnd) {
  TestMlflow server;
  server.fails_from = 0;
  Tracker tracker(Options(server.url()), clock_);
  tracker.Flush();
  tracker.Flush();
  EXPECT_THAT(server.requests(), SizeIs(1));
  server.fails_from = -1;
  tracker.Finish(Status::kFinished);
  EXPECT_THAT(server.requests().back(), HasSubstr("FINISHED"));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("not now; training goes on"),
                                     HasSubstr("has the whole run now")));
}

TEST_F(TrackerTest, GoesOnWithTheRunThatDidNotEnd) {
  TestMlflow server;
  Tracker(Options(server.url()), clock_).Metric("loss", 1, 1);
  TrackerOptions options = Options(server.url());
  options.resume = true;
  Tracker(options, clock_).Metric("loss", 0.5, 2);
  const auto runs = FindRuns(folder_.path());
  ASSERT_TRUE(runs);
  ASSERT_THAT(*runs, SizeIs(1));
  EXPECT_THAT(ReadEvents(runs->front())->events, SizeIs(3));
}

TEST_F(TrackerTest, ADiskThatCannotBeWrittenIsToldOnce) {
  TestMlflow server;
  std::ofstream(folder_.path() / ".track") << "a file where the folder should be";
  Tracker tracker(Options(server.url()), clock_);
  tracker.Metric("loss", 1, 1);
  tracker.Flush();
  tracker.Finish(Status::kFinished);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("not recorded")));
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(TrackerTest, WithoutAServerNothingIsRecorded) {
  Tracker tracker(Options(""), clock_);
  tracker.Metric("loss", 1, 1);
  tracker.Finish(Status::kFinished);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / ".track"));
}

}  // namespace
}  // namespace credence::track
