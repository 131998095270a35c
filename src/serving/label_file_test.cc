#include "serving/label_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/test_folder.h"

namespace credence::serving {
namespace {

using testing::HasSubstr;

TEST(ChangeLabels, MakesAFileWhereThereWasNone) {
  const LabelChange change{.label = "stable", .version = 3};
  EXPECT_EQ(*ChangeLabels("", {&change, 1}), R"({
  "schema": 1,
  "labels": {
    "stable": 3
  }
}
)");
}

TEST(ChangeLabels, KeepsWhatItDoesNotKnow) {
  const std::vector<LabelChange> changes = {{.label = "stable", .version = 4},
                                            {.label = "canary", .version = {}}};
  EXPECT_EQ(*ChangeLabels(
                R"({"note":"ours","schema":1,"labels":{"old":1,"canary":4,"stable":3},
                    "canary":{"share":0.5}})",
                changes),
            R"({
  "note": "ours",
  "schema": 1,
  "labels": {
    "old": 1,
    "stable": 4
  },
  "canary": {
    "share": 0.5
  }
}
)");
}

TEST(ChangeLabels, RefusesWhatItCannotKeep) {
  const LabelChange change{.label = "stable", .version = 3};
  EXPECT_EQ(ChangeLabels("[1]", {&change, 1}).error().code, Code::kDataLoss);
  EXPECT_EQ(ChangeLabels("{", {&change, 1}).error().code, Code::kDataLoss);
  EXPECT_EQ(ChangeLabels(R"({"labels": 3})", {&change, 1}).error().code, Code::kDataLoss);
  const auto newer = ChangeLabels(R"({"schema": 2})", {&change, 1});
  EXPECT_EQ(newer.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(newer.error().message, HasSubstr("schema is 2"));
}

TEST(WriteLabels, IsReadBack) {
  const TestFolder folder;
  EXPECT_EQ(*ReadLabel(folder.path(), "stable"), std::nullopt);
  const LabelChange set{.label = "stable", .version = 3};
  ASSERT_TRUE(WriteLabels(folder.path(), {&set, 1}));
  EXPECT_EQ(*ReadLabel(folder.path(), "stable"), 3);
  const LabelChange remove{.label = "stable", .version = {}};
  ASSERT_TRUE(WriteLabels(folder.path(), {&remove, 1}));
  EXPECT_EQ(*ReadLabel(folder.path(), "stable"), std::nullopt);
}

TEST(WriteLabels, LeavesADamagedFileAndNamesIt) {
  const TestFolder folder;
  folder.Write("predictor.json", "half a f");
  const LabelChange set{.label = "stable", .version = 3};
  const auto written = WriteLabels(folder.path(), {&set, 1});
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("predictor.json: not a JSON object"));
  EXPECT_FALSE(ReadLabel(folder.path(), "stable"));
}

}  // namespace
}  // namespace credence::serving
