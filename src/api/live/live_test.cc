#include "api/live/live.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/test_service.h"

namespace credence::api::live {
namespace {

using nlohmann::json;

class LiveTest : public ServiceTest {
 protected:
  json Ask(std::string_view query = "") {
    return json::parse(Send("GET", "/v1/live" + std::string(query)).body);
  }
  // A picture that the fake takes.
  void Predict() { Send("POST", "/v1/predict", R"({"image": [[0, 1], [1, 0]]})"); }
};

TEST_F(LiveTest, CountsQuestionsAndErrorsOfASecond) {
  live_.Record();
  Predict();
  Predict();
  Send("POST", "/v1/predict", "no picture");
  live_.Record();
  const json answer = Ask();
  ASSERT_EQ(answer["samples"].size(), 1U);
  const json& sample = answer["samples"][0];
  const double seconds = sample["seconds"];
  // Rates of less than a millisecond are taken as of one.
  const double length = std::max(seconds, 1e-3);
  EXPECT_NEAR(sample["requestsPerSecond"].get<double>() * length, 3, 1e-6);
  EXPECT_NEAR(sample["errorsPerSecond"].get<double>() * length, 1, 1e-6);
  EXPECT_EQ(sample["verdicts"]["unassessed"], 2);
  EXPECT_GT(sample["p50Microseconds"], 0);
  EXPECT_EQ(answer["versions"][0]["verdicts"]["unassessed"], 2);
}

TEST_F(LiveTest, DoesNotCountWhoOnlyLooks) {
  live_.Record();
  Send("GET", "/v1/predictors");
  Send("GET", "/livez");
  Ask();
  live_.Record();
  EXPECT_EQ(Ask()["samples"][0]["requestsPerSecond"], 0);
}

TEST_F(LiveTest, GivesOnlySamplesAfterANumber) {
  for (int i = 0; i < 4; ++i) live_.Record();
  EXPECT_EQ(Ask("?after=2")["samples"].size(), 1U);
  EXPECT_EQ(Ask("?after=2")["samples"][0]["number"], 3);
  EXPECT_EQ(Ask("?range=none")["samples"].size(), 0U);
  EXPECT_EQ(Ask("?range=hour")["samples"].size(), 0U);
}

TEST_F(LiveTest, RefusesAnotherRangeByName) {
  const auto& refused = Send("GET", "/v1/live?range=week");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, testing::HasSubstr("minutes, hour or none"));
  EXPECT_EQ(Send("GET", "/v1/live?after=-1").status, 400);
}

TEST_F(LiveTest, TellsLimits) {
  const json limits = Ask("?range=none")["limits"];
  EXPECT_EQ(limits["bodyBytes"], 1 << 20);
  EXPECT_EQ(limits["connections"], 100);
  EXPECT_EQ(limits["computeQueued"], 256);
}

}  // namespace
}  // namespace credence::api::live
