#include "data/pixel_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/dataset.h"
#include "data/digest.h"
#include "data/test_files.h"

namespace credence::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kLevels = 16;

// "label,pixel0,…" and a line a label; picture i has the levels i, i + 1, …
std::string Csv(const std::vector<int>& labels, const std::string& end) {
  std::string text = "label";
  for (int i = 0; i < kLevels; ++i) text += ",pixel" + std::to_string(i);
  text += end;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    text += std::to_string(labels[row]);
    for (int i = 0; i < kLevels; ++i) text += "," + std::to_string(static_cast<int>(row) + i);
    text += end;
  }
  return text;
}

// The same as an IDX pair.
void WriteIdx(const TestFolder& folder, const std::vector<std::uint8_t>& labels) {
  std::vector<std::uint8_t> levels;
  const auto rows = static_cast<std::int64_t>(labels.size());
  for (std::int64_t row = 0; row < rows; ++row) {
    for (int i = 0; i < kLevels; ++i) levels.push_back(static_cast<std::uint8_t>(row + i));
  }
  folder.WriteIdx("images.idx3", {rows, 4, 4}, levels);
  folder.WriteIdx("labels.idx1", {rows}, labels);
}

class LineEnds : public testing::TestWithParam<const char*> {};

TEST_P(LineEnds, OfPixelsGiveTheSameAsIdx) {
  const TestFolder csv, idx;
  const auto file = csv.Write("train.csv", "\xEF\xBB\xBF" + Csv({2, 0, 1}, GetParam()));
  WriteIdx(idx, {2, 0, 1});
  const Result<Dataset> dataset = Open(file, {});
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->kind(), Kind::kPixelCsv);
  EXPECT_THAT(dataset->labels(), ElementsAre(2, 0, 1));
  EXPECT_EQ(*DigestOf(*dataset), *DigestOf(*Open(idx.path(), {})));
  Row row;
  ASSERT_TRUE(dataset->NewReader()->Read(2, row));
  EXPECT_EQ(row.picture.pixels.data[0], 2);
  EXPECT_TRUE(row.file.empty());
  EXPECT_EQ(dataset->Name(2), file.string() + ": line 4");
}

INSTANTIATE_TEST_SUITE_P(Csv, LineEnds, testing::Values("\n", "\r\n", "\r"));

TEST(PixelCsv, NamesLineAndPixelOfWhatIsNoLevel) {
  const TestFolder folder;
  std::string text = Csv({2, 0, 1}, "\n");
  text.replace(text.rfind(",17"), 3, ",256");
  const auto file = folder.Write("train.csv", text);
  const Result<Dataset> dataset = Open(file, {});
  ASSERT_TRUE(dataset);
  Row row;
  const auto read = dataset->NewReader()->Read(2, row);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, file.string() +
                                      ": line 4: pixel 15 is '256'; expected a whole number from 0 "
                                      "to 255");
  folder.Write("train.csv", text.substr(0, text.rfind(',')) + "\n");
  const auto cut = Open(file, {});
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().message, HasSubstr("line 4: 16 fields; the header has 17"));
}

// In the header, in a row, in a row before the first line feed.
TEST(PixelCsv, AStrayReturnIsNamedAndEndsNoRow) {
  const std::string lines = Csv({2, 0, 1}, "\n"), returns = Csv({2, 0, 1}, "\r");
  for (const auto& [text, place] : {std::pair(lines, "label,pixel0"), std::pair(lines, "0,1,2,3"),
                                    std::pair(lines, "1,2,3,4"), std::pair(returns, "")}) {
    const TestFolder folder;
    std::string spoiled = text;
    if (*place == '\0') {
      spoiled.back() = '\n';  // amid returns, and the only one
    } else {
      spoiled.insert(spoiled.find(place) + 1, "\r");
    }
    const auto open = Open(folder.Write("train.csv", spoiled), {});
    ASSERT_FALSE(open) << spoiled;
    EXPECT_THAT(open.error().message, HasSubstr("a carriage return amid a line"));
  }
}

TEST(PixelCsv, NamesTheLineOfAStrayReturn) {
  const TestFolder folder;
  std::string text = Csv({2, 0, 1}, "\r\n");
  const std::size_t at = text.rfind(",5,") + 2;
  text.insert(at, "\r");
  const auto open = Open(folder.Write("train.csv", text), {});
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().message, HasSubstr("train.csv: line 4, offset " + std::to_string(at)));
}

TEST(PixelCsv, TurnsTransposedPicturesAndLabelsFromOne) {
  const TestFolder folder;
  const auto file = folder.Write("letters.csv", Csv({2, 1}, "\n"));
  const Result<Dataset> dataset = Open(file, {.transpose = true, .first_label = 1});
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_THAT(dataset->classes(), ElementsAre("1", "2"));
  EXPECT_THAT(dataset->labels(), ElementsAre(1, 0));
  Row row;
  ASSERT_TRUE(dataset->NewReader()->Read(0, row));
  EXPECT_THAT(row.picture.pixels.data,
              ElementsAre(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  EXPECT_EQ(row.written, 2);
}

TEST(Idx, TurnsTransposedPicturesAndLabelsFromOne) {
  const TestFolder folder;
  folder.WriteIdx("images.idx4", {1, 2, 1, 2}, {1, 2, 3, 4});
  folder.WriteIdx("labels.idx1", {1}, {1});
  const Result<Dataset> plain = Open(folder.path(), {});
  EXPECT_THAT(plain->notes(), ElementsAre(HasSubstr("--first-label 1")));
  const Result<Dataset> dataset = Open(folder.path(), {.transpose = true, .first_label = 1});
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_THAT(dataset->labels(), ElementsAre(0));
  Row row;
  ASSERT_TRUE(dataset->NewReader()->Read(0, row));
  EXPECT_EQ(row.picture.pixels, (image::Pixels{2, 1, 2, {1, 2, 3, 4}}));
  const auto none = Open(folder.path(), {.first_label = 2});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("row 0: label 1; expected 2 to"));
}

}  // namespace
}  // namespace credence::data
