#include "serving/repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace credence::serving {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Repository : public testing::Test {
 protected:
  Repository() : root_(testing::TempDir() + "repository_test") {
    std::filesystem::remove_all(root_);
  }
  ~Repository() override { std::filesystem::remove_all(root_); }
  void Touch(const std::string& file) {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << "x";
  }
  // "name:version,version" of each predictor found under `sub`.
  std::vector<std::string> Found(const std::string& sub = "") {
    std::vector<std::string> lines;
    const auto found = Scan(root_ / sub);
    if (!found) return {found.error().message};
    for (const auto& one : *found) {
      std::string line = one.name + ":";
      for (const auto& v : one.versions)
        line += (line.back() == ':' ? "" : ",") + std::to_string(v.version);
      lines.push_back(line);
    }
    return lines;
  }
  const std::filesystem::path root_;
};

TEST_F(Repository, ReadsTensorFlowServingsLayoutHighestVersionFirst) {
  Touch("digits/1/saved_model.pb");
  Touch("digits/10/saved_model.pb");
  Touch("digits/2/saved_model.pb");
  Touch("letters/7/model.onnx");
  EXPECT_THAT(Found(), ElementsAre("digits:10,2,1", "letters:7"));
}

TEST_F(Repository, ReadsAFolderOfBareModels) {
  Touch("a/saved_model.pb");
  Touch("b.onnx");
  Touch("c.xml");
  Touch("notes.txt");
  Touch(".hidden/saved_model.pb");
  EXPECT_THAT(Found(), ElementsAre("a:1", "b:1", "c:1"));
}

TEST_F(Repository, ReadsOneModelOneVersionOrOnePredictor) {
  Touch("digits/3/saved_model.pb");
  Touch("single/saved_model.pb");
  EXPECT_THAT(Found("single"), ElementsAre("single:1"));
  EXPECT_THAT(Found("digits"), ElementsAre("digits:3"));
  EXPECT_THAT(Found("digits/3"), ElementsAre("digits:3"));
}

TEST_F(Repository, NumbersThatAreNoVersionsArePassedOver) {
  Touch("digits/0/saved_model.pb");
  Touch("digits/-1/saved_model.pb");
  Touch("digits/99999999999/saved_model.pb");
  Touch("digits/4/saved_model.pb");
  Touch("digits/5/nothing.txt");
  EXPECT_THAT(Found(), ElementsAre("digits:4"));
}

TEST_F(Repository, AnEmptyFolderSaysWhatWasLookedFor) {
  std::filesystem::create_directories(root_);
  EXPECT_THAT(Found()[0], HasSubstr("holds no model; looked for NAME/VERSION/saved_model.pb"));
  EXPECT_THAT(Found("nowhere")[0], HasSubstr("there is no "));
}

TEST(VersionPolicy, IsReadFromText) {
  EXPECT_EQ(ParseVersionPolicy("latest")->count, 1);
  EXPECT_EQ(ParseVersionPolicy("latest:3")->count, 3);
  EXPECT_EQ(ParseVersionPolicy("all")->kind, VersionPolicy::Kind::kAll);
  EXPECT_THAT(ParseVersionPolicy("3,5")->versions, ElementsAre(3, 5));
  for (const char* text : {"", "latest:0", "newest", "3,", "3,x"})
    EXPECT_FALSE(ParseVersionPolicy(text)) << text;
}

TEST(VersionPolicy, PlansWhatToTryAndHowManyToServe) {
  const std::vector<FoundVersion> versions = {{9, ""}, {5, ""}, {3, ""}};
  EXPECT_THAT(PlanVersions(versions, *ParseVersionPolicy("latest")).candidates,
              ElementsAre(0, 1, 2));
  EXPECT_EQ(PlanVersions(versions, *ParseVersionPolicy("latest")).serve_max, 1u);
  EXPECT_EQ(PlanVersions(versions, *ParseVersionPolicy("latest:9")).serve_max, 3u);
  EXPECT_EQ(PlanVersions(versions, *ParseVersionPolicy("all")).serve_max, 3u);
  EXPECT_THAT(PlanVersions(versions, *ParseVersionPolicy("5,4")).candidates, ElementsAre(1));
}

}  // namespace
}  // namespace credence::serving
