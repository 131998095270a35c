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

TEST_F(CatalogTest, IsReadyWhenEveryPredictorServesAVersion) {
  EXPECT_TRUE(Two().ready());
  EXPECT_FALSE(Catalog().ready());
  EXPECT_FALSE(Catalog({{"a", {{1, nullptr, "broken"}}}}, "").ready());
}

}  // namespace
}  // namespace credence::serving
