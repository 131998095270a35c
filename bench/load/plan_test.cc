#include "load/plan.h"

#include <gtest/gtest.h>

namespace credence::bench {
namespace {

TEST(ParseTarget, TakesAnAddressOfThisMachine) {
  const Result<sockaddr_in> target = ParseTarget("127.0.0.5:8080");
  ASSERT_TRUE(target);
  EXPECT_EQ(ntohs(target->sin_port), 8080);
}

TEST(ParseTarget, RefusesEveryOtherMachine) {
  EXPECT_FALSE(ParseTarget("10.0.0.1:8080"));
  EXPECT_FALSE(ParseTarget("0.0.0.0:8080"));
  EXPECT_FALSE(ParseTarget("128.0.0.1:8080"));
}

TEST(ParseTarget, RefusesNamesAndMissingPorts) {
  EXPECT_FALSE(ParseTarget("localhost:8080"));
  EXPECT_FALSE(ParseTarget("127.0.0.1"));
  EXPECT_FALSE(ParseTarget("127.0.0.1:99999"));
}

TEST(ParseStream, OverridesTheDefaults) {
  const StreamPlan defaults{.bodies = {"x.png"}, .connections = 8};
  const Result<StreamPlan> stream =
      ParseStream("name=big,body=a.jpg,body=b.jpg,type=image/jpeg,rate=2.5,duration=3", defaults);
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->name, "big");
  EXPECT_EQ(stream->bodies, (std::vector<std::string>{"a.jpg", "b.jpg"}));
  EXPECT_EQ(stream->rate, 2.5);
  EXPECT_EQ(stream->duration_s, 3);
  EXPECT_EQ(stream->connections, 8);
}

TEST(ParseStream, KeepsTheDefaultBody) {
  const Result<StreamPlan> stream = ParseStream("rate=1", {.bodies = {"x.png"}});
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->bodies, std::vector<std::string>{"x.png"});
}

TEST(ParseStream, RefusesUnknownKeysAndMalformedNumbers) {
  EXPECT_FALSE(ParseStream("speed=3", {}));
  EXPECT_FALSE(ParseStream("rate=fast", {}));
  EXPECT_FALSE(ParseStream("rate", {}));
}

}  // namespace
}  // namespace credence::bench
