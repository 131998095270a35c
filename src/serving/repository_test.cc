#include "serving/repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "base/test_folder.h"
#include "base/test_no_descriptors.h"
#include "serving/whole.h"

namespace credence::serving {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Repository : public testing::Test {
 protected:
  void Touch(const std::string& file) { folder_.Write(file, "x"); }
  // "name:version,version" of each predictor found under `sub`; the notes go to notes_.
  std::vector<std::string> Names(const std::string& sub = "") {
    std::vector<std::string> lines;
    auto found = Scan(folder_.path() / sub);
    if (!found) return {found.error().message};
    notes_ = found->notes;
    for (const auto& one : found->predictors) {
      std::string line = one.name + ":";
      for (const auto& v : one.versions)
        line += (line.back() == ':' ? "" : ",") + std::to_string(v.version);
      lines.push_back(line);
    }
    return lines;
  }
  TestFolder folder_;
  std::vector<std::string> notes_;
};

TEST_F(Repository, ReadsTensorFlowServingsLayoutHighestVersionFirst) {
  Touch("digits/1/saved_model.pb");
  Touch("digits/10/saved_model.pb");
  Touch("digits/2/saved_model.pb");
  Touch("letters/7/model.onnx");
  EXPECT_THAT(Names(), ElementsAre("digits:10,2,1", "letters:7"));
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(Repository, ReadsTritonsLayout) {
  Touch("digits/config.pbtxt");
  Touch("digits/1/model.savedmodel/saved_model.pb");
  Touch("digits/1/model.savedmodel/variables/variables.index");
  Touch("digits/2/model.onnx");
  EXPECT_THAT(Names(), ElementsAre("digits:2,1"));
  EXPECT_THAT(notes_, IsEmpty());
  const auto found = Scan(folder_.path());
  EXPECT_EQ(found->predictors[0].versions[1].path, folder_ / "digits/1/model.savedmodel");
}

TEST_F(Repository, ReadsAFolderOfBareModels) {
  Touch("a/saved_model.pb");
  Touch("b.onnx");
  Touch("c.xml");
  Touch("notes.txt");
  Touch(".hidden/saved_model.pb");
  EXPECT_THAT(Names(), ElementsAre("a:1", "b:1", "c:1"));
}

TEST_F(Repository, AFolderThatCannotBeReadNowIsNotAnEmptyOne) {
  Touch("digits/1/saved_model.pb");
  Touch("digits/1/variables/variables.index");
  EXPECT_TRUE(Scan(folder_.path())->whole);
  EXPECT_TRUE(ListFiles(folder_ / "digits/1").whole);
  EXPECT_EQ(Scan(folder_ / "nothing").error().code, Code::kNotFound);
  const auto [found, whole] = [this] {  // the sanitizers need descriptors for what comes after
    const NoDescriptors lacking;
    return std::pair(Scan(folder_.path()), ListFiles(folder_ / "digits/1").whole);
  }();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kUnavailable);
  EXPECT_THAT(found.error().message, HasSubstr("Too many open files"));
  EXPECT_FALSE(whole);
}

// A user who is not root while it lives; root may read everything.
class AsNobody {
 public:
  AsNobody() {
    if (::getuid() != 0) return;
    EXPECT_EQ(::seteuid(65534), 0);
  }
  ~AsNobody() { EXPECT_EQ(::seteuid(::getuid()), 0); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
};

TEST_F(Repository, TakesAFolderThatMayNotBeReadForAModelThatIsRefused) {
  Touch("good/saved_model.pb");
  Touch("private/saved_model.pb");
  Touch("numbered/1/saved_model.pb");
  Touch("numbered/2/saved_model.pb");
  Touch("lost+found/x");
  fs::permissions(folder_.path(), fs::perms(0755));
  for (const char* name : {"private", "numbered/2", "lost+found"}) {
    fs::permissions(folder_.path() / name, fs::perms::none);
  }
  {
    const AsNobody nobody;
    EXPECT_THAT(Names(), ElementsAre("good:1", "numbered:2,1", "private:1"));
    EXPECT_THAT(CheckWhole(folder_.path() / "private").error().message,
                HasSubstr("/private/saved_model.pb cannot be read: Permission denied"));
    EXPECT_THAT(Scan(folder_.path() / "private/1").error().message,
                HasSubstr("/private/1: Permission denied"));
  }
  for (const char* name : {"private", "numbered/2", "lost+found"}) {
    fs::permissions(folder_.path() / name, fs::perms::owner_all);
  }
}

TEST_F(Repository, ReadsOneModelOneVersionOrOnePredictor) {
  Touch("digits/3/saved_model.pb");
  Touch("single/saved_model.pb");
  EXPECT_THAT(Names("single"), ElementsAre("single:1"));
  EXPECT_THAT(Names("digits"), ElementsAre("digits:3"));
  EXPECT_THAT(Names("digits/"), ElementsAre("digits:3"));
  EXPECT_THAT(Names("digits/3"), ElementsAre("digits:3"));
}

TEST_F(Repository, TheFolderOfLabelsIsThatOfTheVersions) {
  Touch("digits/3/saved_model.pb");
  Touch("single/saved_model.pb");
  const auto found = Scan(folder_.path());
  EXPECT_EQ(found->predictors[0].folder, folder_ / "digits");
  EXPECT_EQ(found->predictors[1].folder, "");
}

TEST_F(Repository, VersionNumbersHave63BitsAndMayHaveLeadingZeros) {
  Touch("digits/9223372036854775807/saved_model.pb");
  Touch("digits/0003/saved_model.pb");
  Touch("digits/20/saved_model.pb");
  EXPECT_THAT(Names(), ElementsAre("digits:9223372036854775807,20,3"));
  EXPECT_EQ(Scan(folder_.path())->predictors[0].versions[2].path, folder_ / "digits/0003");
}

TEST_F(Repository, OfOneNumberTwiceTheFolderWithoutZerosCounts) {
  Touch("digits/0003/saved_model.pb");
  Touch("digits/03/saved_model.pb");
  Touch("digits/3/saved_model.pb");
  EXPECT_THAT(Names(), ElementsAre("digits:3"));
  EXPECT_EQ(Scan(folder_.path())->predictors[0].versions[0].path, folder_ / "digits/3");
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("digits/03 is passed over: 3 is version 3, too"),
                                  HasSubstr("digits/0003 is passed over: 3 is version 3, too")));
}

TEST_F(Repository, WhatIsNoVersionIsPassedOverAndSaidIfItLooksLikeOne) {
  Touch("digits/0/saved_model.pb");
  Touch("digits/-1/saved_model.pb");
  Touch("digits/9223372036854775808/saved_model.pb");
  Touch("digits/4/saved_model.pb");
  Touch("digits/5/nothing.txt");
  Touch("digits/predictor.json");
  EXPECT_THAT(Names(), ElementsAre("digits:4"));
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("digits/0 is passed over"),
                                  HasSubstr("digits/9223372036854775808 is passed over"),
                                  HasSubstr("digits/5 holds no saved_model.pb, .onnx or .xml")));
}

TEST_F(Repository, TheHighestOfTooManyVersionsAreTakenAndTheLimitIsSaid) {
  for (int i = 1; i <= 1003; ++i) Touch("digits/" + std::to_string(i) + "/m.onnx");
  const auto found = Scan(folder_.path());
  ASSERT_THAT(found->predictors[0].versions, SizeIs(1000));
  EXPECT_EQ(found->predictors[0].versions.front().version, 1003);
  EXPECT_EQ(found->predictors[0].versions.back().version, 4);
  EXPECT_THAT(found->notes, ElementsAre(HasSubstr("those below 4 are passed over")));
}

TEST_F(Repository, TheSecondPredictorOfAName) {
  Touch("a/saved_model.pb");
  Touch("a.onnx");
  EXPECT_THAT(Names(), ElementsAre("a:1"));
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("a.onnx is passed over: there is another \"a\"")));
}

TEST_F(Repository, ASecondModelFileOfAVersionIsSaid) {
  Touch("a/1/x.onnx");
  Touch("a/1/y.onnx");
  EXPECT_EQ(Scan(folder_.path())->predictors[0].versions[0].path, folder_ / "a/1/x.onnx");
  Names();
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("y.onnx is passed over: x.onnx is this version's")));
}

TEST_F(Repository, AnEmptyFolderSaysWhatWasLookedFor) {
  EXPECT_THAT(Names()[0], HasSubstr("holds no model; looked for NAME/VERSION/saved_model.pb"));
  EXPECT_THAT(Names("nowhere")[0], HasSubstr("there is no "));
}

std::vector<std::string> StampNames(const fs::path& version) {
  std::vector<std::string> names;
  for (const FileStamp& stamp : ListFiles(version).stamps) names.push_back(stamp.name);
  return names;
}

TEST_F(Repository, TheFilesOfAVersionAreThoseThatALoadReads) {
  Touch("v/saved_model.pb");
  Touch("v/variables/variables.index");
  Touch("v/variables/variables.data-00000-of-00001");
  Touch("v/assets.extra/credence/reliability.profile");
  Touch("v/assets.extra/credence/curves.svg");
  Touch("v/README.md");
  EXPECT_THAT(StampNames(folder_ / "v"),
              ElementsAre("assets.extra/credence/reliability.profile", "saved_model.pb",
                          "variables/variables.data-00000-of-00001", "variables/variables.index"));
  Touch("net.xml");
  Touch("net.bin");
  Touch("net.xml.credence/input.json");
  EXPECT_THAT(StampNames(folder_ / "net.xml"),
              ElementsAre("assets.extra/credence/input.json", "net.bin", "net.xml"));
}

TEST_F(Repository, AChangeOfLengthOrTimeIsSeen) {
  Touch("v/saved_model.pb");
  const VersionFiles before = ListFiles(folder_ / "v");
  EXPECT_EQ(ListFiles(folder_ / "v").stamps, before.stamps);
  fs::last_write_time(folder_ / "v/saved_model.pb",
                      fs::file_time_type::clock::now() - std::chrono::hours(1));
  const VersionFiles touched = ListFiles(folder_ / "v");
  EXPECT_NE(touched.stamps, before.stamps);
  EXPECT_GE(touched.changed, before.changed);  // an old file time does not make it look old
  folder_.Write("v/saved_model.pb", "xx");
  EXPECT_NE(ListFiles(folder_ / "v").stamps, touched.stamps);
}

TEST_F(Repository, SaysHowToExportAFormatThatIsNotRead) {
  for (const std::string file : {"model.h5", "model.keras", "digits/1/model.hdf5"}) {
    SCOPED_TRACE(file);
    const TestFolder folder;
    folder.Write(file, "x");
    const auto found = Scan(folder.path());
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, Code::kInvalidArgument);
    EXPECT_THAT(found.error().message, HasSubstr(".export(\"model/1\") writes a SavedModel"));
  }
}

TEST_F(Repository, PassesOverAFormatThatIsNotReadBesideAModel) {
  Touch("a.onnx");
  Touch("b.h5");
  EXPECT_THAT(Names(), ElementsAre("a:1"));
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("b.h5 is passed over: b.h5 is in Keras's own format")));
}

}  // namespace
}  // namespace credence::serving
