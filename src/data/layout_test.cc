// What a path is taken for: folders, splits, lists, and what lies beside them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/dataset.h"
#include "data/digest.h"
#include "data/test_files.h"

namespace credence::data {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Stands for image::Decode: the file's bytes become a picture of one row.
Result<void> DecodeBytes(image::Bytes file, image::Decoded& out) {
  if (file.empty()) return Error{Code::kUnsupportedFormat, "the file is empty"};
  out.pixels = {static_cast<int>(file.size()), 1, 1, {file.begin(), file.end()}};
  return {};
}

class LayoutTest : public testing::Test {
 protected:
  // Writes a picture into each of the files.
  void Pictures(std::initializer_list<const char*> files) {
    for (const char* file : files) folder_.Write(file, "x");
  }
  OpenOptions Options(Layout layout = Layout::kAny) const {
    OpenOptions options;
    options.layout = layout;
    options.decode = DecodeBytes;
    return options;
  }
  Result<Dataset> OpenWith(const OpenOptions& options) const {
    return Open(folder_.path(), options);
  }
  std::string Message(const OpenOptions& options) const {
    const auto dataset = OpenWith(options);
    return dataset ? "no error" : dataset.error().message;
  }
  std::vector<std::string> SplitNames() const {
    const auto splits = Splits(folder_.path(), Options());
    return splits ? *splits : std::vector<std::string>{splits.error().message};
  }
  TestFolder folder_;
};

class SplitFolders : public LayoutTest,
                     public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(SplitFolders, HaveUsualNames) {
  const auto [train, test] = GetParam();
  for (const std::string split : {train, test}) {
    folder_.Write(split + "/a/1.png", "1");
    folder_.Write(split + "/b/1.png", "1");
  }
  OpenOptions options = Options();
  options.split = "test";
  const auto dataset = OpenWith(options);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->split(), test);
  EXPECT_THAT(dataset->classes(), ElementsAre("a", "b"));
  options.split = "";
  options.prefer = Prefer::kTrain;
  EXPECT_EQ(OpenWith(options)->split(), train);
}

INSTANTIATE_TEST_SUITE_P(
    Names, SplitFolders,
    testing::Values(std::pair("train", "test"), std::pair("training", "testing"),
                    std::pair("Train", "Test"), std::pair("training_set", "test_set"),
                    std::pair("TRAIN", "t10k"), std::pair("train-images", "test data")));

TEST_F(LayoutTest, IsNotChangedByWhatSystemsPutBesideFiles) {
  Pictures({"train/a/1.png", "train/b/1.png", "val/a/1.png", "val/b/1.png",
            "__MACOSX/train/._1.png", "@eaDir/x/1.png", "train/@eaDir/1.png", "train/a/.DS_Store",
            "train/a/Thumbs.db"});
  std::filesystem::create_directories(folder_ / ".git/a");
  EXPECT_THAT(SplitNames(), ElementsAre("train", "val"));
  OpenOptions options = Options();
  options.split = "train";
  const auto dataset = OpenWith(options);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_THAT(dataset->classes(), ElementsAre("a", "b"));
  EXPECT_THAT(dataset->notes(), IsEmpty());
}

TEST_F(LayoutTest, OfSplitsStaysBesideFoldersWithoutPictures) {
  Pictures({"train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/1.png", "docs/readme.txt"});
  std::filesystem::create_directories(folder_ / "empty");
  EXPECT_THAT(SplitNames(), ElementsAre("test", "train"));
  OpenOptions options = Options();
  options.split = "test";
  EXPECT_THAT(OpenWith(options)->notes(),
              ElementsAre("passed over folders without pictures: docs, empty"));
}

TEST_F(LayoutTest, WithTwoReadingsIsAnError) {
  Pictures({"train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/1.png", "extra/1.png"});
  EXPECT_THAT(Message(Options()),
              AllOf(HasSubstr("can be read in two ways: 'test, train' as splits"),
                    HasSubstr("beside 'extra'"), HasSubstr("--layout splits")));
  EXPECT_THAT(OpenWith(Options(Layout::kClasses))->classes(),
              ElementsAre("extra", "test", "train"));
  OpenOptions options = Options(Layout::kSplits);
  options.split = "train";
  EXPECT_THAT(OpenWith(options)->classes(), ElementsAre("a", "b"));
}

TEST_F(LayoutTest, OfAClassThatHoldsOnlyFoldersIsAnError) {
  Pictures({"one/0/1.png", "one/1/1.png", "two/0/1.png", "two/1/1.png"});
  EXPECT_THAT(Message(Options()),
              AllOf(HasSubstr((folder_ / "one").string() + ": holds no pictures itself"),
                    HasSubstr("--layout classes"), HasSubstr("--layout splits")));
  OpenOptions options = Options();
  options.labels = Labels::kIfPresent;
  EXPECT_THAT(Message(options), HasSubstr("holds no pictures itself"));
  EXPECT_THAT(OpenWith(Options(Layout::kClasses))->labels(), ElementsAre(0, 0, 1, 1));
  options = Options(Layout::kSplits);
  options.split = "two";
  EXPECT_THAT(OpenWith(options)->classes(), ElementsAre("0", "1"));
  options = Options();
  options.labels = Labels::kIgnored;
  EXPECT_EQ(OpenWith(options)->rows(), 4);
}

TEST_F(LayoutTest, OfClassesMayHaveANameOfSplits) {
  Pictures({"plane/1.png", "ship/1.png", "train/1.png"});
  EXPECT_THAT(OpenWith(Options())->classes(), ElementsAre("plane", "ship", "train"));
}

TEST_F(LayoutTest, OfSplitsNumbersTheClassesInAllOfThemAlike) {
  Pictures({"train/ant/1.png", "train/bee/1.png", "train/cow/1.png", "test/ant/1.png",
            "test/cow/1.png"});
  OpenOptions options = Options();
  options.split = "test";
  const auto dataset = OpenWith(options);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_THAT(dataset->classes(), ElementsAre("ant", "bee", "cow"));
  EXPECT_THAT(dataset->labels(), ElementsAre(0, 2));
  EXPECT_THAT(dataset->notes(), ElementsAre("split test has no folder of class bee, which other "
                                            "splits have"));
  const auto alone = Open(folder_ / "test", Options());
  EXPECT_EQ(*DigestOf(*alone), *DigestOf(*dataset));
}

TEST_F(LayoutTest, OfSplitsMayHaveOneWithoutLabels) {
  Pictures({"train/a/1.png", "train/b/1.png", "test/1.png", "test/2.png"});
  OpenOptions options = Options();
  options.split = "test";
  EXPECT_THAT(Message(options), HasSubstr("no labels; expected"));
  options.labels = Labels::kIfPresent;
  EXPECT_EQ(OpenWith(options)->rows(), 2);
}

TEST_F(LayoutTest, OfAClassWithoutPicturesIsAnErrorWhereLabelsAreWanted) {
  Pictures({"ant/1.png", "bee/1.png", "dog/README.txt"});
  EXPECT_THAT(Message(Options()),
              HasSubstr((folder_ / "dog").string() + ": none of its 1 files is a picture"));
  OpenOptions options = Options();
  options.labels = Labels::kIfPresent;
  const auto dataset = OpenWith(options);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_THAT(dataset->classes(), ElementsAre("ant", "bee", "dog"));
  EXPECT_THAT(dataset->notes(), Contains(HasSubstr("dog: none of its 1 files")));
}

TEST_F(LayoutTest, ListsPicturesThatNoCodecReads) {
  Pictures({"ant/1.HEIC", "bee/1.png"});
  EXPECT_EQ(OpenWith(Options())->rows(), 2);
}

TEST_F(LayoutTest, SaysWhatLiesBesideTheFolders) {
  Pictures({"a/1.png", "b/1.png", "loose.png"});
  EXPECT_THAT(OpenWith(Options())->notes(),
              ElementsAre("passed over 1 pictures that lie beside the folders: " +
                          (folder_ / "loose.png").string()));
}

TEST_F(LayoutTest, FollowsLinksAndCountsThoseOut) {
  const TestFolder elsewhere;
  elsewhere.Write("far.png", "far");
  elsewhere.Write("more/1.png", "1");
  Pictures({"a/1.png", "b/1.png"});
  std::filesystem::create_symlink(folder_ / "a/1.png", folder_ / "b/near.png");
  std::filesystem::create_symlink(elsewhere / "far.png", folder_ / "b/far.png");
  std::filesystem::create_directory_symlink(elsewhere / "more", folder_ / "b/more");
  std::filesystem::create_directory_symlink(folder_.path(), folder_ / "b/loop");
  const auto dataset = OpenWith(Options());
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_THAT(dataset->notes(), Contains(HasSubstr("links lead out of the set: ")));
  EXPECT_THAT(dataset->notes(),
              Contains(HasSubstr("links to a folder that they lie in were passed over")));
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < dataset->rows(); ++i) names.push_back(dataset->Name(i));
  EXPECT_EQ(names.size(), 5u);
  for (const char* file : {"a/1.png", "b/1.png", "b/near.png", "b/far.png", "b/more/1.png"}) {
    EXPECT_THAT(names, Contains((folder_ / file).string()));
  }
}

TEST_F(LayoutTest, OfALinkThatLeadsNowhereIsAnUnreadablePicture) {
  Pictures({"a/1.png", "b/1.png"});
  std::filesystem::create_symlink(folder_ / "gone", folder_ / "b/2.png");
  const auto dataset = OpenWith(Options());
  ASSERT_EQ(dataset->rows(), 3);
  Row row;
  EXPECT_FALSE(dataset->NewReader()->Read(2, row));
}

TEST_F(LayoutTest, OfAListWithoutPicturesDoesNotHideFolders) {
  Pictures({"cat/1.png", "dog/1.png"});
  folder_.Write("counts.csv", "class,pictures of it\ncat,1\n");
  const auto dataset = OpenWith(Options());
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->kind(), Kind::kFolders);
  EXPECT_THAT(dataset->notes(),
              ElementsAre(AllOf(HasSubstr("passed over"), HasSubstr("counts.csv"))));
}

TEST_F(LayoutTest, OfAListOfFilesThatAreNotThereDoesNotHideFolders) {
  Pictures({"cat/1.png", "dog/1.png"});
  folder_.Write("labels.csv", "images,labels\nimg_0001.png,cat\nimg_0002.png,dog\n");
  const auto dataset = OpenWith(Options());
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->kind(), Kind::kFolders);
  EXPECT_THAT(dataset->notes(),
              ElementsAre(HasSubstr("none of the files that it begins with is there")));
  EXPECT_EQ(Message(Options(Layout::kCsv)), "no error");
}

TEST_F(LayoutTest, OfAListThatAgreesWithTheFoldersIsThatOfTheFolders) {
  Pictures({"cat/1.png", "cat/2.png", "dog/1.png"});
  folder_.Write("labels.csv", "image,class\ncat/1.png,cat\ndog/1.png,dog\n");
  EXPECT_EQ(OpenWith(Options())->rows(), 3);
  EXPECT_EQ(OpenWith(Options(Layout::kCsv))->rows(), 2);
  folder_.Write("labels.csv", "images,labels\ncat/1.png,0\ndog/1.png,1\n");
  EXPECT_THAT(OpenWith(Options())->classes(), ElementsAre("cat", "dog"));
  folder_.Write("labels.csv", "images,labels\ncat/1.png,1\ndog/1.png,0\n");
  EXPECT_THAT(Message(Options()), HasSubstr("line 2 says '1' of cat/1.png"));
}

TEST_F(LayoutTest, OfAListThatContradictsTheFoldersIsAnError) {
  Pictures({"part1/1.png", "part2/1.png"});
  folder_.Write("labels.csv", "image,class\npart1/1.png,cat\npart2/1.png,dog\n");
  EXPECT_THAT(Message(Options()),
              AllOf(HasSubstr("can be read in two ways"), HasSubstr("labels.csv"),
                    HasSubstr("line 2 says 'cat'"), HasSubstr("--layout csv")));
  EXPECT_THAT(OpenWith(Options(Layout::kCsv))->classes(), ElementsAre("cat", "dog"));
  EXPECT_THAT(OpenWith(Options(Layout::kClasses))->classes(), ElementsAre("part1", "part2"));
}

TEST_F(LayoutTest, OfAListWinsOverFoldersThatAreNoClasses) {
  Pictures({"images/1.png", "images/2.png"});
  folder_.Write("labels.csv", "image,class\nimages/1.png,cat\nimages\\2.png,dog\n");
  const auto dataset = OpenWith(Options());
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->kind(), Kind::kCsv);
  EXPECT_THAT(dataset->classes(), ElementsAre("cat", "dog"));
  Row row;
  EXPECT_TRUE(dataset->NewReader()->Read(1, row));
}

TEST_F(LayoutTest, OfAColumnOfSplitsHasThem) {
  Pictures({"1.png", "2.png", "3.png"});
  folder_.Write("labels.csv",
                "file,label,group,split\n1.png,a,w,train\n2.png,b,v,train\n3.png,b,w,test\n");
  EXPECT_THAT(SplitNames(), ElementsAre("test", "train"));
  OpenOptions options = Options();
  options.split = "train";
  const auto dataset = OpenWith(options);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_THAT(dataset->labels(), ElementsAre(0, 1));
  EXPECT_THAT(dataset->groups(), ElementsAre(0, 1));
  options.split = "test";
  EXPECT_THAT(OpenWith(options)->labels(), ElementsAre(1));  // b, as in train
  EXPECT_EQ(dataset->layout(),
            "CSV: files by 'file', labels by 'label', groups by 'group', splits by 'split'");
}

TEST_F(LayoutTest, OfASetIsNotGuessedBehindAnUnreadableFolder) {
  Pictures({"a/1.png", "b/1.png"});
  // Too long for the system: a folder that nobody can read, root neither.
  const std::filesystem::path path = folder_ / std::string(300, 'x');
  const auto dataset = Open(path, Options());
  ASSERT_FALSE(dataset);
  EXPECT_THAT(dataset.error().message, HasSubstr("File name too long"));
}

}  // namespace
}  // namespace credence::data
