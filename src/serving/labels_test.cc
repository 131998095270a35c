#include "serving/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"

namespace credence::serving {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(Labels, AreWordsAndNoNumbers) {
  for (const char* text : {"stable", "canary", "v1.2-rc_3", "A"})
    EXPECT_TRUE(IsLabel(text)) << text;
  for (const char* text : {"", "3", "3a", "-a", "a b", "caf\xc3\xa9"}) {
    EXPECT_FALSE(IsLabel(text)) << text;
  }
  EXPECT_TRUE(IsLabel(std::string(64, 'a')));
  EXPECT_FALSE(IsLabel(std::string(65, 'a')));
}

TEST(PredictorFile, NamesLabels) {
  const auto file = ParsePredictorFile(R"({"schema": 1, "labels": {"stable": 3, "canary": 4}})");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->labels, UnorderedElementsAre(Pair("stable", 3), Pair("canary", 4)));
  EXPECT_FALSE(file->canary);
  EXPECT_THAT(ParsePredictorFile("{}")->labels, IsEmpty());
  EXPECT_EQ(ParsePredictorFile(R"({"canary": {"share": 0.5}})")->canary->share, 0.5);
  const auto wrong = ParsePredictorFile(R"({"labels": {"stable": 3}, "canary": {"shear": 0.5}})");
  EXPECT_THAT(wrong->labels, UnorderedElementsAre(Pair("stable", 3)));
  EXPECT_FALSE(wrong->canary);
  EXPECT_THAT(wrong->canary_error, HasSubstr("shear"));
}

TEST(PredictorFile, WhatIsWrongIsNamed) {
  const auto error = [](std::string_view text) { return ParsePredictorFile(text).error().message; };
  EXPECT_EQ(error("{"), "not a JSON object");
  EXPECT_EQ(error("[]"), "not a JSON object");
  EXPECT_EQ(error(R"({"lables": {}})"), "unknown key \"lables\"; known are schema, labels, canary");
  EXPECT_EQ(error(R"({"schema": 2})"), "schema is 2; this build reads 1");
  EXPECT_EQ(error(R"({"labels": []})"), "labels is not an object of names and numbers");
  EXPECT_EQ(error(R"({"labels": {"stable": 0}})"),
            "labels.stable is 0; it must be a version number");
  EXPECT_EQ(error(R"({"labels": {"stable": 1.5}})"),
            "labels.stable is 1.5; it must be a version number");
  EXPECT_THAT(error(R"({"labels": {"7": 1}})"), HasSubstr("\"7\" is not a version label"));
  EXPECT_THAT(error(R"({"labels": {"big": 9223372036854775808}})"),
              HasSubstr("it must be a version number"));
}

TEST(PredictorFile, NoFileSaysNothing) {
  TestFolder folder;
  EXPECT_THAT(ReadPredictorFile(folder.path())->labels, IsEmpty());
  folder.Write("predictor.json", R"({"labels": {"stable": 9223372036854775807}})");
  EXPECT_EQ(ReadPredictorFile(folder.path())->labels.at("stable"), INT64_MAX);
  folder.Write("predictor.json", "x");
  EXPECT_THAT(ReadPredictorFile(folder.path()).error().message,
              HasSubstr("predictor.json: not a JSON object"));
}

TEST(LabelFlag, IsNameLabelNumber) {
  const auto flag = ParseLabelFlag("digits:stable=3");
  ASSERT_TRUE(flag) << flag.error().message;
  EXPECT_EQ(flag->predictor, "digits");
  EXPECT_EQ(flag->label, "stable");
  EXPECT_EQ(flag->version, 3);
  EXPECT_EQ(ParseLabelFlag("a:b:stable=0003")->predictor, "a:b");
  for (const char* text : {"", "stable=3", ":stable=3", "digits:stable", "digits:=3",
                           "digits:stable=", "digits:stable=0", "digits:3=3"}) {
    EXPECT_FALSE(ParseLabelFlag(text)) << text;
  }
}

TEST(LabelSources, TheLaterWordCounts) {
  const LabelSources sources{.file = {{"stable", 1}, {"canary", 2}, {"old", 1}},
                             .flags = {{"stable", 3}},
                             .admin = {{"canary", 4}, {"old", std::nullopt}}};
  EXPECT_THAT(Combine(sources), UnorderedElementsAre(Pair("stable", 3), Pair("canary", 4)));
}

}  // namespace
}  // namespace credence::serving
