#include "serving/canary_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace credence::serving {
namespace {

using nlohmann::json;

json Write(const CanaryStatus& status) {
  std::string out;
  JsonWriter writer(out);
  WriteJson(status, writer);
  return json::parse(out);
}

CanaryStatus Status(const char* config) {
  CanaryStatus status = {.predictor = "digits",
                         .stable = 3,
                         .canary = 4,
                         .config = *ParseCanary(json::parse(config)),
                         .since = WallTime(std::chrono::seconds(1'800'000'000)),
                         .counts = {},
                         .end = {}};
  return status;
}

TEST(CanaryJson, BeforeAnythingIsCountedFiguresAreNull) {
  const json written = Write(Status("{}"));
  EXPECT_EQ(written["name"], "digits");
  EXPECT_EQ(written["state"], "comparing");
  EXPECT_EQ(written["reason"], "");
  EXPECT_EQ(written["since"], "2027-01-15T08:00:00Z");
  EXPECT_TRUE(written["ended"].is_null());
  EXPECT_EQ(written["traffic"],
            json::parse(R"({"share":0.1,"sticky":true,"shadow":false,"skipped":0})"));
  EXPECT_EQ(written["stable"]["version"], 3);
  EXPECT_EQ(written["canary"]["version"], 4);
  EXPECT_TRUE(written["canary"]["errors"]["value"].is_null());
  EXPECT_TRUE(written["canary"]["latencyMicroseconds"]["p99"].is_null());
  EXPECT_TRUE(written["figures"]["reliable_difference"]["value"].is_null());
  EXPECT_FALSE(written["figures"].contains("agreement"));
  EXPECT_EQ(written["promoteWhen"], json::array());
}

TEST(CanaryJson, CountsComeWithIntervals) {
  CanaryStatus status = Status("{}");
  status.counts.sides[1].outcomes = {70, 20, 10, 0, 25};
  const json written = Write(status);
  EXPECT_EQ(written["canary"]["inputs"], 125);
  const json& errors = written["canary"]["errors"];
  EXPECT_EQ(errors["count"], 25);
  EXPECT_EQ(errors["value"], 0.2);
  EXPECT_LT(errors["low"], 0.2);
  EXPECT_GT(errors["high"], 0.2);
  const json& reliable = written["canary"]["verdicts"]["reliable"];
  EXPECT_EQ(reliable["value"], 0.7);
  EXPECT_EQ(reliable["n"], 100);  // of the answers
}

TEST(CanaryJson, TheConditionsOfTheGateSayHowTheyStand) {
  CanaryStatus status = Status(R"({"shadow": true,
      "promote_when": {"all": ["agreement >= 0.5", "errors <= 0.001", "reliable >= 0.5"]}})");
  status.counts.pairs.same_label = 200;
  status.counts.sides[1].outcomes = {0, 0, 0, 0, 150};
  const json written = Write(status);
  EXPECT_EQ(written["figures"]["agreement"]["value"], 1);
  EXPECT_EQ(written["promoteWhen"][0]["condition"], "agreement >= 0.5");
  EXPECT_EQ(written["promoteWhen"][0]["state"], "holds");
  EXPECT_EQ(written["promoteWhen"][0]["alpha"], 0.01);
  EXPECT_EQ(written["promoteWhen"][1]["state"], "not_shown");
  EXPECT_EQ(written["promoteWhen"][2]["state"], "too_few");
}

TEST(CanaryJson, TheEndIsSaidWithItsReason) {
  CanaryStatus status = Status("{}");
  status.end = {.action = GateAction::kRollBack,
                .when = WallTime(std::chrono::seconds(1'800'000'060)),
                .reason = "errors >= 0.1 holds"};
  const json written = Write(status);
  EXPECT_EQ(written["state"], "rolled_back");
  EXPECT_EQ(written["ended"], "2027-01-15T08:01:00Z");
  EXPECT_EQ(written["reason"], "errors >= 0.1 holds");
}

}  // namespace
}  // namespace credence::serving
