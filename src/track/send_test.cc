#include "track/send.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "track/run.h"
#include "track/test_mlflow.h"

namespace credence::track {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SendTest : public testing::Test {
 protected:
  void SetUp() override {
    auto run = track::Run::Create(folder_.path(), "digits & more", "first", clock_);
    ASSERT_TRUE(run) << run.error().message;
    run_ = *std::move(run);
  }
  Result<Sent> Send() { return SendRun(run_->folder(), server_.url(), {}); }

  TestFolder folder_;
  FakeClock clock_;
  std::optional<track::Run> run_;
  TestMlflow server_;
};

TEST_F(SendTest, MakesExperimentAndRunThenTellsEventsInTheirOrder) {
  std::ofstream(folder_.path() / "c.svg") << "<svg/>";
  ASSERT_TRUE(run_->Param("seed", "1") && run_->Metric("loss", 0.5, 1));
  ASSERT_TRUE(run_->Artifact(folder_.path() / "c.svg", "plots/c d.svg"));
  ASSERT_TRUE(run_->Finish(Status::kFinished));
  const auto sent = Send();
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->run_id, "R1");
  EXPECT_EQ(sent->events, 5u);
  const std::string key = run_->folder().filename().string();
  EXPECT_THAT(
      server_.requests(),
      ElementsAre(
          "GET mlflow/experiments/get-by-name?experiment_name=digits%20%26%20more ",
          "POST mlflow/experiments/create {\"name\":\"digits & more\"}",
          HasSubstr("tags.`credence.run` = '" + key + "'"),
          "POST mlflow/runs/create {\"experiment_id\":\"7\",\"run_name\":\"first\",\"start_time\":"
          "1000,\"tags\":[{\"key\":\"credence.run\",\"value\":\"" +
              key + "\"}]}",
          "POST mlflow/runs/log-batch {\"metrics\":[{\"key\":\"loss\",\"step\":1,\"timestamp\":"
          "1000,\"value\":0.5}],\"params\":[{\"key\":\"seed\",\"value\":\"1\"}],\"run_id\":\"R1\","
          "\"tags\":[]}",
          "PUT mlflow-artifacts/artifacts/7/R1/artifacts/plots/c%20d.svg <svg/>",
          "POST mlflow/runs/update "
          "{\"end_time\":1000,\"run_id\":\"R1\",\"status\":\"FINISHED\"}"));
}

TEST_F(SendTest, TellsNothingTwice) {
  ASSERT_TRUE(run_->Param("seed", "1"));
  ASSERT_TRUE(Send());
  const std::size_t before = server_.requests().size();
  const auto again = Send();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->events, 0u);
  EXPECT_EQ(server_.requests().size(), before);
}

TEST_F(SendTest, GoesOnWhereTheServerFailed) {
  ASSERT_TRUE(run_->Param("seed", "1") && run_->Finish(Status::kFinished));
  ASSERT_TRUE(run_->Tag("late", "yes"));
  server_.fails_from = 5;  // the update; the batch before it got through
  const auto failed = Send();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kUnavailable);
  EXPECT_THAT(failed.error().message, HasSubstr("status 503: not now"));
  server_.fails_from = -1;
  const auto sent = Send();
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->events, 2u);
  const auto requests = server_.requests();
  EXPECT_THAT(requests[requests.size() - 2], HasSubstr("runs/update"));
  EXPECT_THAT(requests.back(), HasSubstr("late"));
}

TEST_F(SendTest, FindsItsRunAgainWhenItsOwnNoteIsLost) {
  ASSERT_TRUE(Send());
  std::filesystem::remove(run_->folder() / "sent.json");
  ASSERT_TRUE(Send());
  int created = 0;
  for (const std::string& request : server_.requests()) {
    created += request.starts_with("POST mlflow/runs/create") ? 1 : 0;
  }
  EXPECT_EQ(created, 1);
}

TEST_F(SendTest, SplitsBatchesAtMlflowsLimit) {
  for (int i = 0; i < 150; ++i) ASSERT_TRUE(run_->Param("p" + std::to_string(i), "x"));
  ASSERT_TRUE(Send());
  const auto requests = server_.requests();
  EXPECT_THAT(requests[requests.size() - 2], HasSubstr("\"p99\""));
  EXPECT_THAT(requests.back(), HasSubstr("\"p100\""));
}

TEST_F(SendTest, LeavesOutWhatIsNoNumber) {
  ASSERT_TRUE(run_->Metric("loss", std::numeric_limits<double>::quiet_NaN(), 1));
  ASSERT_TRUE(Send());
  EXPECT_THAT(server_.requests().back(), HasSubstr("\"metrics\":[]"));
}

TEST_F(SendTest, PassesOverArtifactsWithoutAProxy) {
  server_.artifact_root = "s3://bucket/7";
  std::ofstream(folder_.path() / "c.svg") << "<svg/>";
  ASSERT_TRUE(run_->Artifact(folder_.path() / "c.svg", "c.svg"));
  ASSERT_TRUE(run_->Finish(Status::kFinished));
  const auto sent = Send();
  ASSERT_TRUE(sent);
  EXPECT_THAT(sent->passed, ElementsAre(HasSubstr("c.svg: " + server_.url() +
                                                  " keeps artifacts at s3://bucket/7")));
  EXPECT_THAT(server_.requests().back(), HasSubstr("runs/update"));
}

TEST_F(SendTest, SaysThatAnAnswerIsNotMlflows) {
  LoopbackServer other([](const TestRequest&) {
    return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
  });
  const auto sent = SendRun(run_->folder(), other.url(), {});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kDataLoss);
  EXPECT_THAT(sent.error().message, HasSubstr("not an answer of MLflow"));
}

}  // namespace
}  // namespace credence::track
