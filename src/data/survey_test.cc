#include "data/survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/digest.h"
#include "data/picture_hash.h"
#include "data/test_files.h"

namespace credence::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

OpenOptions WithDecoder() {
  OpenOptions options;
  options.decode = [](image::Bytes file, image::Decoded& out) -> Result<void> {
    if (file.empty()) return Error{Code::kUnsupportedFormat, "the file is empty"};
    out.pixels = {static_cast<int>(file.size()), 1, 1, {file.begin(), file.end()}};
    return {};
  };
  return options;
}

class SurveyTest : public testing::Test {
 protected:
  SurveyTest() {
    folder_.Write("a/1.png", "1");
    folder_.Write("a/2.png", "");
    folder_.Write("b/1.png", "22");
    folder_.Write("b/2.png", "");
    folder_.Write("b/3.png", "333");
  }
  TestFolder folder_;
};

TEST_F(SurveyTest, ListsAllThatCannotBeReadBeforeAnythingIsDone) {
  auto dataset = Open(folder_.path(), WithDecoder());
  const auto survey = SurveyRows(*dataset, {});
  ASSERT_TRUE(survey);
  EXPECT_THAT(survey->bad, ElementsAre(1, 3));
  const auto refused = LeaveOutBad(*survey, 1, *dataset);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("2 of 5 pictures cannot be read; the limit is 1"),
                    HasSubstr("--bad-files-max"), HasSubstr("a/2.png: the file is empty"),
                    HasSubstr("b/2.png: the file is empty")));
  EXPECT_EQ(dataset->rows(), 5);
}

TEST_F(SurveyTest, LeavesThemOutUpToTheLimit) {
  auto dataset = Open(folder_.path(), WithDecoder());
  const auto survey = SurveyRows(*dataset, {});
  const auto notes = LeaveOutBad(*survey, 2, *dataset);
  ASSERT_TRUE(notes) << notes.error().message;
  EXPECT_THAT(*notes, ElementsAre(HasSubstr("left out: ")));
  EXPECT_THAT(dataset->labels(), ElementsAre(0, 1, 1));
  EXPECT_EQ(dataset->Name(2), (folder_ / "b/3.png").string());
  Row row;
  ASSERT_TRUE(dataset->NewReader()->Read(2, row));
  EXPECT_EQ(row.number, 4);
  EXPECT_EQ(row.label, 1);
  EXPECT_EQ(survey->sha256, *DigestOf(*dataset));
}

TEST_F(SurveyTest, KeepsEveryClass) {
  folder_.Write("a/1.png", "");
  auto dataset = Open(folder_.path(), WithDecoder());
  const auto survey = SurveyRows(*dataset, {});
  const auto refused = LeaveOutBad(*survey, 100, *dataset);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("class 'a' has none without them"));
}

TEST_F(SurveyTest, DoesNotForgiveADamagedIdxFile) {
  const TestFolder idx;
  idx.WriteIdx("images.idx3.gz", {2, 1, 1}, {1, 2});
  idx.WriteIdx("labels.idx1", {2}, {0, 1});
  const auto dataset = Open(idx.path(), {});
  std::string bytes = idx.Read("images.idx3.gz");
  idx.Write("images.idx3.gz", bytes.substr(0, bytes.size() - 9));
  EXPECT_FALSE(SurveyRows(*dataset, {}));
}

TEST(PictureHash, IsThatOfThePictureWhateverItsChannels) {
  const image::Pixels grey = {2, 1, 1, {7, 9}};
  EXPECT_EQ(PictureHash(grey), PictureHash({2, 1, 3, {7, 7, 7, 9, 9, 9}}));
  EXPECT_EQ(PictureHash(grey), PictureHash({2, 1, 4, {7, 7, 7, 255, 9, 9, 9, 255}}));
  EXPECT_NE(PictureHash(grey), PictureHash({2, 1, 2, {7, 255, 9, 254}}));
  EXPECT_NE(PictureHash(grey), PictureHash({1, 2, 1, {7, 9}}));
  EXPECT_NE(PictureHash(grey), PictureHash({2, 1, 3, {7, 7, 8, 9, 9, 9}}));
}

TEST(UsedPictures, AreKnownAgainFromTheirFile) {
  const TestFolder folder;
  const UsedPictures used = MakeUsedPictures("abc", {30, 10, 20, 10});
  ASSERT_TRUE(WriteUsedPictures(folder / "used", used));
  const auto read = ReadUsedPictures(folder / "used");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->sha256, "abc");
  EXPECT_THAT((*read)->hashes, ElementsAre(10, 20, 30));
  const std::vector<std::uint64_t> others = {10, 11, 10, 30};
  EXPECT_EQ((*read)->CountIn(others), 3);
  EXPECT_FALSE(*ReadUsedPictures(folder / "none"));
  std::string bytes = folder.Read("used");
  bytes[20] ^= 1;
  folder.Write("used", bytes);
  EXPECT_EQ(ReadUsedPictures(folder / "used").error().code, Code::kDataLoss);
}

}  // namespace
}  // namespace credence::data
