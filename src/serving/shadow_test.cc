#include "serving/shadow.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "serving/predict.h"
#include "serving/test_canary.h"

namespace credence::serving {
namespace {

using std::chrono::milliseconds;

constexpr float kNoPicture = -1;  // stands for an input that is refused

// A request of plain pictures; writes the answers' classes, -1 for an error.
class TestWork final : public Work {
 public:
  TestWork(std::vector<int>& labels, std::vector<float> levels, const Clock& clock)
      : labels_(labels) {
    request.Clear();
    for (const float level : levels) {
      if (level == kNoPicture) {
        request.inputs.Add() = predictor::EncodedPicture{};
      } else {
        request.inputs.Add() =
            predictor::Numbers{.shape = {28, 28}, .values = std::vector<float>(784, level)};
      }
    }
    request.received = clock.Now();
    request.deadline = request.received + milliseconds(1000);
  }
  void Deliver() override {
    if (reply.error) labels_.push_back(-1);
    for (const predictor::Answer& answer : reply.answers.all()) {
      labels_.push_back(answer.error ? -1 : answer.prediction.label);
    }
  }

 private:
  std::vector<int>& labels_;
};

class ShadowTest : public testing::Test {
 protected:
  void Serve(CanaryRunPtr run) {
    run_ = run;
    published_.Publish(std::make_shared<const Catalog>(
        std::vector<ServedPredictor>{{.name = "fake",
                                      .versions = {{2, pair_.stable, ""}, {1, pair_.canary, ""}},
                                      .canary = std::move(run)}},
        ""));
  }
  void Submit(std::vector<float> levels, const std::string& key = "",
              std::optional<std::int64_t> version = {}) {
    auto work = std::make_unique<TestWork>(labels_, std::move(levels), clock_);
    work->request.key = key;
    work->request.selector.version = version;
    submitter_.Predict(std::move(work));
  }
  void Ask(std::vector<float> levels, const std::string& key = "",
           std::optional<std::int64_t> version = {}) {
    Submit(std::move(levels), key, version);
    submitter_.Flush();
  }
  void AwaitShadow() {
    mail_.wait(0);
    mail_ = 0;
    submitter_.Receive();
  }
  ComparisonCounts Counts() const { return run_->Status().counts; }

  TestPair pair_;
  FakeClock clock_;
  PublishedCatalog published_;
  CanaryRunPtr run_;
  std::vector<int> labels_;
  std::atomic<int> mail_{0};
  Core core_{
      {.lanes = {.io = 1, .compute = 1}, .queue_pictures_max = 64, .compute_pictures_max = 4},
      published_,
      pair_.world.metrics,
      clock_};
  Submitter submitter_{0, core_, [this] {
                         ++mail_;
                         mail_.notify_all();
                       }};
};

TEST_F(ShadowTest, WithoutACanaryNothingIsCounted) {
  Serve(nullptr);
  Ask({255});
  EXPECT_EQ(labels_, std::vector<int>{9});
}

TEST_F(ShadowTest, TheCanaryAnswersItsShareAndIsCounted) {
  Serve(pair_.Run(R"({"share": 1})"));
  Ask({255, 0});
  EXPECT_EQ(labels_, (std::vector<int>{4, 0}));
  EXPECT_EQ(Counts().canary().of(Outcome::kUnassessed), 2U);
  EXPECT_EQ(Counts().stable().inputs(), 0U);
}

TEST_F(ShadowTest, SplitTrafficIsSharedOutAsAsked) {
  Serve(pair_.Run(R"({"share": 0.25})"));
  for (int i = 0; i < 1000; ++i) Ask({255});
  EXPECT_NEAR(static_cast<double>(Counts().canary().inputs()), 250, 55);
  EXPECT_EQ(Counts().canary().inputs() + Counts().stable().inputs(), 1000U);
}

TEST_F(ShadowTest, AKeyAlwaysMeetsTheSameVersion) {
  Serve(pair_.Run(R"({"share": 0.5})"));
  for (int i = 0; i < 20; ++i) {
    const std::string key = "caller-" + std::to_string(i);
    Ask({255}, key);
    Ask({255}, key);
    EXPECT_EQ(labels_[labels_.size() - 1], labels_[labels_.size() - 2]);
  }
  EXPECT_GT(Counts().canary().inputs(), 0U);
  EXPECT_GT(Counts().stable().inputs(), 0U);
}

TEST_F(ShadowTest, ARequestThatNamesAVersionIsNotCounted) {
  Serve(pair_.Run(R"({"share": 1})"));
  Ask({255}, "", 2);
  EXPECT_EQ(labels_, std::vector<int>{9});
  EXPECT_EQ(Counts().canary().inputs() + Counts().stable().inputs(), 0U);
}

TEST_F(ShadowTest, ARequestThatIsRefusedIsAnErrorOfItsVersion) {
  Serve(pair_.Run(R"({"share": 1})"));
  Submit({255});
  Submit(std::vector<float>(64, 255));  // more than may wait
  EXPECT_EQ(labels_, std::vector<int>{-1});
  EXPECT_EQ(Counts().canary().of(Outcome::kError), 64U);
}

TEST_F(ShadowTest, AnInputThatIsRefusedIsAnErrorOfItsVersion) {
  Serve(pair_.Run(R"({"share": 1})"));
  Ask({255, kNoPicture});
  EXPECT_EQ(labels_, (std::vector<int>{4, -1}));
  EXPECT_EQ(Counts().canary().of(Outcome::kError), 1U);
  EXPECT_EQ(Counts().canary().of(Outcome::kUnassessed), 1U);
}

TEST_F(ShadowTest, InShadowTheStableVersionAnswersAndBothAreCompared) {
  Serve(pair_.Run(R"({"share": 1, "shadow": true})"));
  Ask({255, 0, 0});
  EXPECT_EQ(labels_, (std::vector<int>{9, 0, 0}));
  AwaitShadow();
  EXPECT_EQ(labels_.size(), 3U);  // the caller is answered once
  const ComparisonCounts counts = Counts();
  EXPECT_EQ(counts.pairs.pairs(), 3U);
  EXPECT_EQ(counts.pairs.same_label, 2U);
  EXPECT_EQ(counts.pairs.other_label, 1U);
  EXPECT_EQ(counts.stable().inputs(), 3U);
  EXPECT_EQ(counts.canary().inputs(), 3U);
  EXPECT_EQ(run_->shadow_bytes(), 0U);
}

TEST_F(ShadowTest, WhatTheCanaryIsNotShownIsNotCounted) {
  Serve(pair_.Run(R"({"share": 0.000001, "shadow": true})"));
  Ask({255});
  EXPECT_EQ(Counts().stable().inputs(), 0U);
}

TEST_F(ShadowTest, ACanaryThatIsGoneIsShownNothing) {
  const CanaryRunPtr run = pair_.Run(R"({"share": 1, "shadow": true})");
  pair_.canary.reset();
  Serve(run);
  Ask({255, 255});
  EXPECT_EQ(labels_, (std::vector<int>{9, 9}));
  EXPECT_EQ(Counts().skipped, 2U);
  EXPECT_EQ(Counts().pairs.pairs(), 0U);
}

TEST_F(ShadowTest, WhatTheCanaryHadNoTimeForIsSkipped) {
  const CanaryRunPtr run = pair_.Run(R"({"share": 1, "shadow": true})");
  Reply stable, canary;
  for (int i = 0; i < 3; ++i) {
    stable.answers.Add().error.reset();
    canary.answers.Add().error.reset();
  }
  canary.answers[1].error = Error{Code::kDeadlineExceeded, "late"};
  canary.answers[2].error = Error{Code::kInternal, "broken"};
  run->ObserveShadow(0, CanaryRun::See(stable), canary);
  EXPECT_EQ(run->Status().counts.skipped, 1U);
  EXPECT_EQ(run->Status().counts.pairs.pairs(), 2U);
  EXPECT_EQ(run->Status().counts.canary().of(Outcome::kError), 1U);
  canary.error = Error{Code::kUnavailable, "the server is stopping"};
  run->ObserveShadow(0, CanaryRun::See(stable), canary);
  EXPECT_EQ(run->Status().counts.skipped, 4U);
}

TEST_F(ShadowTest, AClosedRunSendsEverythingToTheStableVersion) {
  Serve(pair_.Run(R"({"share": 1})"));
  run_->Close();
  Ask({255});
  EXPECT_EQ(labels_, std::vector<int>{9});
}

TEST_F(ShadowTest, ACanaryThatIsGoneGetsNothing) {
  const CanaryRunPtr run = pair_.Run(R"({"share": 1})");
  pair_.canary.reset();
  Serve(run);
  Ask({255});
  EXPECT_EQ(labels_, std::vector<int>{9});
}

TEST_F(ShadowTest, AnotherStableVersionThanTheComparedOneIsNotCounted) {
  const CanaryRunPtr run = pair_.Run(R"({"share": 0.5})");
  pair_.stable = pair_.world.MakeVersion("fake", 2);  // loaded anew
  Serve(run);
  Ask({255});
  EXPECT_EQ(labels_, std::vector<int>{9});
  EXPECT_EQ(Counts().stable().inputs(), 0U);
}

}  // namespace
}  // namespace credence::serving
