#include "serving/canary_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/test_folder.h"
#include "serving/test_canary.h"

namespace credence::serving {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kGate[] = R"({"share": 0.5,
    "promote_when": {"all": ["errors <= 0.1"]}, "rollback_when": {"any": ["errors >= 0.1"]}})";

class CanaryWatchTest : public testing::Test {
 protected:
  CanaryRunPtr Watch(const char* config = kGate) {
    return watch_.Watch(pair_.Subject(config), folder_.path());
  }
  // As if the canary had answered `n` inputs, all with an error or none.
  static void Answer(CanaryRun& run, std::size_t n, bool error) {
    Request request;
    Reply reply;
    for (std::size_t i = 0; i < n; ++i) {
      request.inputs.Add();
      reply.answers.Add().error.reset();
    }
    if (error) reply.error = Error{Code::kInternal, "broken"};
    run.Observe(0, Side::kCanary, request, reply, std::chrono::milliseconds(1));
  }
  std::string State() {
    const auto status = watch_.Status("fake");
    if (!status) return "none";
    std::string out;
    JsonWriter json(out);
    WriteJson(*status, json);
    return nlohmann::json::parse(out)["state"];
  }

  TestFolder folder_;
  TestPair pair_;
  std::vector<std::string> moves_;
  bool moving_works_ = true;
  CanaryWatch watch_{
      2,
      [this](const std::string& predictor, const LabelChange& change) -> Result<void> {
        if (!moving_works_) return Error{Code::kFailedPrecondition, "not now"};
        moves_.push_back(predictor + ":" + change.label + "=" +
                         (change.version ? std::to_string(*change.version) : "-"));
        return {};
      },
      pair_.world.clock, pair_.world.log};
};

TEST_F(CanaryWatchTest, TheSameVersionsGoOnBeingCompared) {
  const CanaryRunPtr run = Watch();
  EXPECT_EQ(Watch(), run);
  EXPECT_EQ(State(), "comparing");
}

TEST_F(CanaryWatchTest, AnotherConfigurationOrVersionBeginsAnew) {
  const CanaryRunPtr run = Watch();
  const CanaryRunPtr other = Watch(R"({"share": 0.2})");
  EXPECT_NE(other, run);
  pair_.canary = pair_.MakeCanary();  // loaded anew
  EXPECT_NE(Watch(R"({"share": 0.2})"), other);
}

TEST_F(CanaryWatchTest, WhoIsNotWatchedHasNoStatus) { EXPECT_EQ(State(), "none"); }

TEST_F(CanaryWatchTest, WithoutADecisionNothingMoves) {
  EXPECT_FALSE(watch_.CheckGates());  // there is nothing to ask
  Answer(*Watch(), 10, false);
  EXPECT_TRUE(watch_.CheckGates());
  EXPECT_THAT(moves_, ElementsAre());
  EXPECT_EQ(State(), "comparing");
}

TEST_F(CanaryWatchTest, AGoodCanaryIsPromotedOnceAndTheFileSaysSo) {
  folder_.Write("predictor.json",
                R"({"labels": {"stable": 2, "canary": 1}, "canary": {"share": 0.5}})");
  const CanaryRunPtr run = Watch();
  Answer(*run, 500, false);
  watch_.CheckGates();
  watch_.CheckGates();
  EXPECT_THAT(moves_, ElementsAre("fake:stable=1", "fake:canary=-"));
  EXPECT_EQ(State(), "promoted");
  EXPECT_THAT(watch_.Status("fake")->end->reason, HasSubstr("errors <= 0.1 holds"));
  EXPECT_EQ(nlohmann::json::parse(folder_.Read("predictor.json")),
            nlohmann::json::parse(R"({"labels": {"stable": 1}, "canary": {"share": 0.5}})"));
}

TEST_F(CanaryWatchTest, ABadCanaryIsRolledBackAndGetsNoMoreTraffic) {
  const CanaryRunPtr run = Watch();
  Answer(*run, 500, true);
  watch_.CheckGates();
  EXPECT_THAT(moves_, ElementsAre("fake:canary=-"));
  EXPECT_EQ(State(), "rolled_back");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(run->Choose(0, ""), Route::kStable);
  EXPECT_EQ(Watch(), nullptr);
}

TEST_F(CanaryWatchTest, WhatCouldNotBeMovedIsTriedAgain) {
  moving_works_ = false;
  Answer(*Watch(), 500, true);
  EXPECT_TRUE(watch_.CheckGates());
  EXPECT_EQ(State(), "rolled_back");
  EXPECT_THAT(moves_, ElementsAre());
  moving_works_ = true;
  watch_.CheckGates();
  EXPECT_THAT(moves_, ElementsAre("fake:canary=-"));
}

TEST_F(CanaryWatchTest, AFileThatCannotBeWrittenDoesNotKeepTheLabel) {
  const auto not_a_folder = folder_.Write("file", "");
  const CanaryRunPtr run = watch_.Watch(pair_.Subject(kGate), not_a_folder);
  Answer(*run, 500, true);
  watch_.CheckGates();
  watch_.CheckGates();
  EXPECT_THAT(moves_, ElementsAre("fake:canary=-"));
}

TEST_F(CanaryWatchTest, ALabelThatIsSetAgainBeginsAnew) {
  const CanaryRunPtr run = Watch();
  Answer(*run, 500, true);
  watch_.CheckGates();
  watch_.Unwatch("fake");
  EXPECT_EQ(State(), "rolled_back");
  const CanaryRunPtr again = Watch();
  ASSERT_NE(again, nullptr);
  EXPECT_NE(again, run);
  EXPECT_EQ(State(), "comparing");
}

TEST_F(CanaryWatchTest, ALabelThatGoesOtherwiseStopsTheComparison) {
  const CanaryRunPtr run = Watch();
  watch_.Unwatch("fake");
  EXPECT_EQ(State(), "stopped");
  Answer(*run, 500, true);
  watch_.CheckGates();
  EXPECT_THAT(moves_, ElementsAre());
}

TEST_F(CanaryWatchTest, AVersionIsNotComparedWithItself) {
  CanarySubject subject = pair_.Subject(kGate);
  subject.canary = subject.stable;
  EXPECT_EQ(watch_.Watch(subject, folder_.path()), nullptr);
  EXPECT_EQ(State(), "none");
}

}  // namespace
}  // namespace credence::serving
