#include "data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/test_files.h"

namespace credence::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Stands for image::Decode: the file's bytes become a picture of one row.
Result<void> DecodeBytes(image::Bytes file, image::Decoded& out) {
  if (file.empty()) return Error{Code::kUnsupportedFormat, "the file is empty"};
  out.pixels = {static_cast<int>(file.size()), 1, 1, {file.begin(), file.end()}};
  return {};
}

OpenOptions WithDecoder() {
  OpenOptions options;
  options.decode = DecodeBytes;
  return options;
}

std::string OpenMessage(const std::filesystem::path& path, const OpenOptions& options) {
  const Result<Dataset> dataset = Open(path, options);
  return dataset ? "no error" : dataset.error().message;
}

// 4 pictures of 1x1 with levels 10, 11, 12, 13 and labels 2, 0, 1, 2.
void WritePair(const TestFolder& folder, const std::string& images, const std::string& labels) {
  folder.WriteIdx(images, {4, 1, 1}, {10, 11, 12, 13});
  folder.WriteIdx(labels, {4}, {2, 0, 1, 2});
}

TEST(Dataset, ReadsAnIdxPair) {
  const TestFolder folder;
  WritePair(folder, "images.idx3.gz", "labels.idx1.gz");
  const Result<Dataset> dataset = Open(folder.path(), {});
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->kind(), Kind::kIdx);
  EXPECT_EQ(dataset->split(), "");
  EXPECT_EQ(dataset->rows(), 4);
  EXPECT_THAT(dataset->classes(), ElementsAre("0", "1", "2"));
  EXPECT_THAT(dataset->labels(), ElementsAre(2, 0, 1, 2));
  EXPECT_FALSE(dataset->random_access_is_cheap());
  Result<RowReader> reader = dataset->NewReader();
  ASSERT_TRUE(reader);
  Row row;
  ASSERT_TRUE(reader->Read(2, row));
  EXPECT_EQ(row.picture.pixels, (image::Pixels{1, 1, 1, {12}}));
  EXPECT_EQ(row.label, 1);
  EXPECT_EQ(row.number, 2);
  EXPECT_TRUE(row.file.empty());
}

TEST(Dataset, TakesAPartOfTheRows) {
  const TestFolder folder;
  WritePair(folder, "images.idx3", "labels.idx1");
  OpenOptions options;
  options.rows = *ParseSlice("::-2");
  const Result<Dataset> dataset = Open(folder.path(), options);
  ASSERT_TRUE(dataset);
  EXPECT_THAT(dataset->labels(), ElementsAre(2, 0));
  Row row;
  ASSERT_TRUE(dataset->NewReader()->Read(1, row));
  EXPECT_EQ(row.number, 1);
  EXPECT_EQ(row.picture.pixels.data[0], 11);
  EXPECT_THAT(dataset->Name(1), HasSubstr("images.idx3 row 1"));
  options.rows = *ParseSlice("9:");
  EXPECT_THAT(OpenMessage(folder.path(), options), HasSubstr("no rows left of 4 by --rows"));
}

class SplitNames : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(SplitNames, AreFoundHoweverTheFilesAreNamed) {
  const TestFolder folder;
  WritePair(folder, "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz");
  WritePair(folder, GetParam().first, GetParam().second);
  EXPECT_THAT(*Splits(folder.path(), {}), ElementsAre("t10k", "train"));
  OpenOptions options;
  options.split = "test";
  const Result<Dataset> dataset = Open(folder.path(), options);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->split(), "t10k");
}

INSTANTIATE_TEST_SUITE_P(
    Idx, SplitNames,
    testing::Values(std::pair("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
                    std::pair("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"),
                    std::pair("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
                    std::pair("t10k_images.idx3.gz", "t10k_labels.idx1.gz")));

TEST(Dataset, TakesTheTestSplitByItselfAndSaysSo) {
  const TestFolder folder;
  WritePair(folder, "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz");
  WritePair(folder, "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz");
  EXPECT_THAT(OpenMessage(folder.path(), {}),
              HasSubstr("there are several splits, t10k, train; choose one with --split"));
  OpenOptions options;
  options.prefer = Prefer::kTest;
  const Result<Dataset> dataset = Open(folder.path(), options);
  ASSERT_TRUE(dataset);
  EXPECT_EQ(dataset->split(), "t10k");
  EXPECT_THAT(dataset->notes(), ElementsAre("took split t10k of t10k, train; --split chooses"));
  options.split = "val";
  EXPECT_THAT(OpenMessage(folder.path(), options),
              HasSubstr("there is no split 'val'; there is t10k, train"));
}

TEST(Dataset, OpensTheImagesFileItself) {
  const TestFolder folder;
  WritePair(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte");
  WritePair(folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
  const Result<Dataset> dataset = Open(folder / "t10k-images-idx3-ubyte", {});
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->split(), "t10k");
  EXPECT_TRUE(dataset->notes().empty());
}

TEST(Dataset, RefusesCountsThatDiffer) {
  const TestFolder folder;
  folder.WriteIdx("images.idx3", {3, 1, 1}, {1, 2, 3});
  folder.WriteIdx("labels.idx1", {2}, {0, 1});
  EXPECT_EQ(OpenMessage(folder.path(), {}),
            (folder / "labels.idx1").string() +
                ": offset 4: 2 labels; expected 3, the pictures of " +
                (folder / "images.idx3").string());
}

TEST(Dataset, RefusesLabelsBeyondTheClasses) {
  const TestFolder folder;
  WritePair(folder, "images.idx3", "labels.idx1");
  OpenOptions options;
  options.classes = {"a", "b"};
  EXPECT_EQ(OpenMessage(folder.path(), options),
            (folder / "labels.idx1").string() +
                ": row 0: label 2; expected 0 to 1, one of the classes a, b");
}

TEST(Dataset, NamesIdxClassesByClassesTxt) {
  const TestFolder folder;
  WritePair(folder, "images.idx3", "labels.idx1");
  folder.Write("classes.txt", "0\tshirt\r\n1\tshoe\r\n2\tbag\r\n3\that\r\n");
  const Result<Dataset> dataset = Open(folder.path(), {});
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_THAT(dataset->classes(), ElementsAre("shirt", "shoe", "bag", "hat"));
  folder.Write("classes.txt", "1\tshirt\n");
  EXPECT_THAT(OpenMessage(folder.path(), {}), HasSubstr("class number '1'; expected 0"));
}

TEST(Dataset, ReadsAFolderAClass) {
  const TestFolder folder;
  folder.Write("dog/b.PNG", "bb");
  folder.Write("dog/a.jpg", "a");
  folder.Write("cat/c.png", "ccc");
  folder.Write("cat/deep/d.png", "dddd");
  folder.Write("cat/notes.txt", "x");
  folder.Write("cat/Thumbs.db", "x");
  folder.Write("cat/.hidden.png", "x");
  const Result<Dataset> dataset = Open(folder.path(), WithDecoder());
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->kind(), Kind::kFolders);
  EXPECT_THAT(dataset->classes(), ElementsAre("cat", "dog"));
  EXPECT_THAT(dataset->labels(), ElementsAre(0, 0, 1, 1));
  ASSERT_EQ(dataset->notes().size(), 1u);
  EXPECT_THAT(dataset->notes()[0], HasSubstr("1 files that are no pictures"));
  auto reader = dataset->NewReader();
  ASSERT_TRUE(reader);
  Row row;
  ASSERT_TRUE(reader->Read(3, row));
  EXPECT_EQ(row.picture.pixels.data, (std::vector<std::uint8_t>{'b', 'b'}));
  EXPECT_THAT(row.file, ElementsAre('b', 'b'));
}

TEST(Dataset, TakesFoldersNamedByNumbersForAsManyClasses) {
  const TestFolder folder;
  folder.Write("7/a.png", "a");
  folder.Write("10/b.png", "b");
  OpenOptions options = WithDecoder();
  const Result<Dataset> dataset = Open(folder.path(), options);
  ASSERT_TRUE(dataset);
  EXPECT_THAT(dataset->classes(), ElementsAre("7", "10"));
  EXPECT_THAT(dataset->labels(), ElementsAre(1, 0));
  Row row;
  ASSERT_TRUE(dataset->NewReader()->Read(0, row));
  EXPECT_EQ(row.written, 10);
  options.first_label = 7;
  EXPECT_THAT(Open(folder.path(), options)->classes(), ElementsAre("7", "8", "9", "10"));
}

TEST(Dataset, FindsSplitsThatAreFolders) {
  const TestFolder folder;
  folder.Write("train/a/1.png", "1");
  folder.Write("train/b/1.png", "1");
  folder.Write("test/a/1.png", "1");
  folder.Write("test/b/2.png", "22");
  OpenOptions options = WithDecoder();
  options.split = "test";
  const Result<Dataset> dataset = Open(folder.path(), options);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->Name(1), (folder / "test/b/2.png").string());
}

TEST(Dataset, TakesOneFolderForAMistake) {
  const TestFolder folder;
  folder.Write("raw/a.png", "a");
  EXPECT_THAT(OpenMessage(folder.path(), WithDecoder()),
              HasSubstr("did you mean " + (folder / "raw").string()));
}

TEST(Dataset, ReadsACsvWithPathsBelowIt) {
  const TestFolder folder;
  folder.Write("x/a.png", "a");
  const auto csv = folder.Write("labels.csv",
                                "file,label,width\nx/a.png,7,1\nx/gone.png,3,1\nx/empty.png,3,1\n");
  folder.Write("x/empty.png", "");
  for (const std::filesystem::path& path : {csv, folder.path()}) {
    const Result<Dataset> dataset = Open(path, WithDecoder());
    ASSERT_TRUE(dataset) << dataset.error().message;
    EXPECT_THAT(dataset->classes(), ElementsAre("3", "7"));
    EXPECT_THAT(dataset->labels(), ElementsAre(1, 0, 0));
    Result<RowReader> reader = dataset->NewReader();
    Row row;
    EXPECT_TRUE(reader->Read(0, row));
    const Result<void> gone = reader->Read(1, row);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, Code::kNotFound);
    EXPECT_THAT(gone.error().message, HasSubstr("gone.png (" + csv.string() + " line 3)"));
    const Result<void> empty = reader->Read(2, row);
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().code, Code::kUnsupportedFormat);
    EXPECT_THAT(empty.error().message, HasSubstr("line 4): the file is empty"));
  }
}

TEST(Dataset, RefusesATextThatIsNoneOfTheClasses) {
  const TestFolder folder;
  const auto csv = folder.Write("labels.csv", "file,label\na.png,cat\nb.png,cow\n");
  OpenOptions options = WithDecoder();
  options.classes = {"cat", "dog"};
  EXPECT_EQ(OpenMessage(csv, options),
            csv.string() + ": line 3: label 'cow' is none of the 2 classes: cat, dog");
}

TEST(Dataset, OpensUnlabelledPicturesWhereLabelsAreNotRequired) {
  const TestFolder folder;
  folder.Write("a.png", "a");
  folder.Write("b.png", "b");
  OpenOptions options = WithDecoder();
  EXPECT_THAT(OpenMessage(folder.path(), options), HasSubstr("no labels; expected"));
  options.labels = Labels::kIfPresent;
  const Result<Dataset> dataset = Open(folder.path(), options);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_FALSE(dataset->labelled());
  EXPECT_THAT(dataset->labels(), ElementsAre(-1, -1));
}

TEST(Dataset, RefusesWhatIsNoDataSet) {
  const TestFolder folder;
  EXPECT_THAT(OpenMessage(folder / "gone", {}), HasSubstr("no such file or folder"));
  EXPECT_THAT(OpenMessage(folder.path(), WithDecoder()),
              HasSubstr("no labels; expected IDX files"));
  EXPECT_THAT(OpenMessage(folder.Write("a.txt", "x"), {}), HasSubstr("not a data set; expected"));
  EXPECT_THAT(OpenMessage(folder.Write("l.csv", "file,label\n"), WithDecoder()),
              HasSubstr("holds no pictures"));
  EXPECT_THAT(OpenMessage(folder / "l.csv", {}), HasSubstr("picture files cannot be decoded here"));
}

// Needs the MNIST files, which are not part of the project.
TEST(Dataset, ReadsMnist) {
  const char* const shared = std::getenv("CREDENCE_SHARED");
  const std::filesystem::path mnist =
      std::filesystem::path(shared != nullptr ? shared : "../shared") / "data/mnist";
  if (!std::filesystem::exists(mnist)) GTEST_SKIP() << "no " << mnist << "; set CREDENCE_SHARED";
  OpenOptions options;
  options.prefer = Prefer::kTest;
  const Result<Dataset> dataset = Open(mnist, options);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->rows(), 10000);
  EXPECT_EQ(dataset->classes().size(), 10u);
  EXPECT_EQ(dataset->labels()[0], 7);
  Row row;
  ASSERT_TRUE(dataset->NewReader()->Read(9999, row));
  EXPECT_EQ(row.label, 6);
  EXPECT_EQ(row.picture.pixels.size(), 784u);
}

}  // namespace
}  // namespace credence::data
