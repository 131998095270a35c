#include "serving/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/test_predictor.h"

namespace credence::serving {
namespace {

using testing::HasSubstr;

class CatalogTest : public testing::Test {
 protected:
  Catalog Two(const std::string& default_name = "") {
    return Catalog(
        {{"a", {{2, nullptr, "its checksum is wrong"}, {1, world_.MakeVersion("a", 1), ""}}},
         {"b", {{7, world_.MakeVersion("b", 7), ""}}}},
        default_name);
  }
  TestWorld world_;
};

TEST_F(CatalogTest, TheHighestServedVersionAnswersUnlessOneIsNamed) {
  const Catalog catalog = Two();
  EXPECT_EQ((*catalog.Find("a", std::nullopt))->predictor().version(), 1);
  EXPECT_EQ((*catalog.Find("b", 7))->predictor().name(), "b");
}

TEST_F(CatalogTest, ARefusedVersionSaysWhy) {
  const auto found = Two().Find("a", 2);
  EXPECT_EQ(found.error().code, Code::kUnavailable);
  EXPECT_EQ(found.error().message, "version 2 of \"a\" was refused: its checksum is wrong");
}

TEST_F(CatalogTest, WithoutANameTheDefaultOrTheOnlyOneAnswers) {
  EXPECT_EQ((*Two("b").Find("", std::nullopt))->predictor().name(), "b");
  EXPECT_THAT(Two().Find("", std::nullopt).error().message, HasSubstr("with one of: a, b"));
  const Catalog one({{"c", {{1, world_.MakeVersion("c"), ""}}}}, "");
  EXPECT_EQ((*one.Find("", std::nullopt))->predictor().name(), "c");
}

TEST_F(CatalogTest, WhatIsNotThereIsNamed) {
  EXPECT_EQ(Two().Find("x", std::nullopt).error().message,
            "there is no predictor \"x\"; there is: a, b");
  EXPECT_EQ(Two().Find("b", 8).error().code, Code::kNotFound);
  EXPECT_EQ(Catalog().Find("", std::nullopt).error().code, Code::kUnavailable);
}

TEST_F(CatalogTest, ALabelNamesAVersion) {
  const Catalog catalog({{"a",
                          {{3, world_.MakeVersion("a", 3), ""},
                           {2, world_.MakeVersion("a", 2), ""},
                           {1, world_.MakeVersion("a", 1), ""}},
                          {{"stable", 2}, {"canary", 3}},
                          2}},
                        "");
  EXPECT_EQ((*catalog.Find("", std::nullopt, "canary"))->predictor().version(), 3);
  EXPECT_EQ((*catalog.Find("a", std::nullopt, "stable"))->predictor().version(), 2);
  EXPECT_EQ((*catalog.Find("a", std::nullopt))->predictor().version(), 2);
  EXPECT_EQ((*catalog.Find("a", 1))->predictor().version(), 1);
  EXPECT_EQ(catalog.Find("a", std::nullopt, "best").error().message,
            "\"a\" has no version label \"best\"; it has: canary, stable");
}

TEST_F(CatalogTest, VersionNumbersHave63Bits) {
  constexpr std::int64_t kBig = 9'223'372'036'854'775'807;
  const Catalog catalog({{"a", {{kBig, world_.MakeVersion("a", kBig), ""}}}}, "");
  EXPECT_EQ((*catalog.Find("a", kBig))->predictor().version(), kBig);
}

TEST_F(CatalogTest, AVersionThatDoesNotServeSaysWhy) {
  const auto error = [&](VersionState state, bool wanted) {
    const Catalog catalog({{"a", {{4, nullptr, "", state, wanted}}}}, "");
    const auto found = catalog.Find("a", 4);
    return std::string(CodeName(found.error().code)) + ": " + found.error().message;
  };
  EXPECT_EQ(error(VersionState::kStart, true), "unavailable: version 4 of \"a\" is not loaded yet");
  EXPECT_EQ(error(VersionState::kLoading, true), "unavailable: version 4 of \"a\" is being loaded");
  EXPECT_EQ(error(VersionState::kStart, false), "not_found: version 4 of \"a\" is not served");
  EXPECT_EQ(error(VersionState::kUnloading, false), "not_found: version 4 of \"a\" is not served");
}

TEST_F(CatalogTest, HasAWordForEachState) {
  const auto word = [](VersionState state, const std::string& error, bool wanted) {
    return StateWord({1, nullptr, error, state, wanted});
  };
  EXPECT_EQ(StateWord({1, world_.MakeVersion("a", 1), ""}), "serving");
  EXPECT_EQ(word(VersionState::kStart, "", true), "waiting");
  EXPECT_EQ(word(VersionState::kStart, "", false), "unloaded");
  EXPECT_EQ(word(VersionState::kLoading, "", true), "loading");
  EXPECT_EQ(word(VersionState::kUnloading, "", false), "unloading");
  EXPECT_EQ(word(VersionState::kEnd, "broken", false), "refused");
  EXPECT_EQ(word(VersionState::kEnd, "", false), "unloaded");
}

// Predictor a serves, b does not.
TEST_F(CatalogTest, IsReadyWhenTheDefaultServesOrElseAny) {
  const auto ready = [&](Catalog::Options options, ReadyWhen when = ReadyWhen::kDefault) {
    const Catalog catalog({{"a", {{1, world_.MakeVersion("a", 1), ""}}},
                           {"b", {{7, nullptr, "broken", VersionState::kEnd}}}},
                          std::move(options));
    const auto checked = catalog.Ready(when);
    return checked ? "ready" : checked.error().message;
  };
  EXPECT_EQ(ready({}), "ready");
  EXPECT_EQ(ready({.default_name = "a"}), "ready");
  EXPECT_EQ(ready({.default_name = "b"}), "b: version 7 was refused: broken");
  EXPECT_EQ(ready({.default_name = "c"}), "the default predictor \"c\" is not there");
  EXPECT_EQ(ready({}, ReadyWhen::kAll), "b: version 7 was refused: broken");
  EXPECT_EQ(ready({.default_name = "a", .loading = true}), "loading");
  EXPECT_TRUE(Two().Ready(ReadyWhen::kAll));
  EXPECT_FALSE(Catalog().Ready(ReadyWhen::kDefault));
}

}  // namespace
}  // namespace credence::serving
