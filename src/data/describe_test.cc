#include "data/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/test_files.h"

namespace credence::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Describe, CountsClassesSizesAndLevels) {
  const TestFolder folder;
  folder.WriteIdx("images.idx3", {3, 1, 2}, {0, 10, 20, 30, 40, 200});
  folder.WriteIdx("labels.idx1", {3}, {0, 2, 2});
  const Result<Dataset> dataset = Open(folder.path(), {});
  ASSERT_TRUE(dataset);
  const Result<Description> description = Describe(*dataset, {});
  ASSERT_TRUE(description);
  EXPECT_EQ(description->rows, 3);
  EXPECT_THAT(description->class_rows, ElementsAre(1, 0, 2));
  EXPECT_EQ(description->width_min, 2);
  EXPECT_EQ(description->height_max, 1);
  EXPECT_EQ(description->channel_rows[1], 3);
  EXPECT_EQ(description->level_min, 0);
  EXPECT_EQ(description->level_max, 200);
  EXPECT_DOUBLE_EQ(description->level_mean, 50);
  EXPECT_NEAR(description->level_sd, 68.313, 1e-3);  // numpy: std of the six levels
  EXPECT_EQ(description->sha256.size(), 64u);
  const std::string text = ToText(*description, *dataset);
  EXPECT_THAT(text, HasSubstr(": IDX, 3 pictures\n"));
  EXPECT_THAT(text, HasSubstr("size     2 x 1 px; 3 with 1 channel\n"));
  EXPECT_THAT(text, HasSubstr("levels   0..200, mean 50.0, standard deviation 68.3\n"));
  EXPECT_THAT(text, HasSubstr("  classes  0  1\n           1  0\n           2  2\n"));
}

TEST(Describe, CountsPicturesThatCannotBeRead) {
  const TestFolder folder;
  folder.Write("a.png", "a");
  folder.Write("list.csv", "file,label\na.png,x\ngone.png,y\n");
  OpenOptions options;
  options.decode = [](image::Bytes, image::Decoded& out) {
    out.pixels = {1, 1, 1, {9}};
    return Result<void>();
  };
  const Result<Dataset> dataset = Open(folder.path(), options);
  ASSERT_TRUE(dataset);
  const Result<Description> description = Describe(*dataset, {});
  ASSERT_TRUE(description);
  EXPECT_EQ(description->rows, 1);
  EXPECT_EQ(description->unreadable, 1);
  EXPECT_THAT(description->errors, ElementsAre(HasSubstr("gone.png: no such file")));
  EXPECT_EQ(description->sha256, "");
  std::string json_text;
  JsonWriter json(json_text);
  WriteJson(*description, *dataset, json);
  EXPECT_THAT(json_text, HasSubstr(R"("kind":"CSV","split":"list",)"));
  EXPECT_THAT(json_text, HasSubstr(R"("layout":"CSV: files by 'file', labels by 'label'",)"));
  EXPECT_THAT(json_text, HasSubstr(R"("rows":2,"unreadable":1)"));
  EXPECT_THAT(
      json_text,
      HasSubstr(
          R"("classes":[{"name":"x","rows":1,"unreadable":0},{"name":"y","rows":1,"unreadable":)"
          R"(1}])"));
}

TEST(ContactSheet, PutsALineAClass) {
  const TestFolder folder;
  folder.WriteIdx("images.idx3", {3, 2, 2}, {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3});
  folder.WriteIdx("labels.idx1", {3}, {1, 0, 1});
  const Result<Dataset> dataset = Open(folder.path(), {});
  const Result<image::Pixels> sheet = ContactSheet(*dataset, {.columns = 2, .cell_px = 8});
  ASSERT_TRUE(sheet);
  EXPECT_EQ(sheet->width, 20);
  EXPECT_EQ(sheet->height, 20);
  EXPECT_EQ(sheet->channels, 3);
  const auto level = [&](int line, int column) {
    return sheet->row(10 * line + 5)[3 * (10 * column + 5)];
  };
  EXPECT_EQ(level(0, 0), 2);
  EXPECT_EQ(level(0, 1), 128);  // empty
  EXPECT_EQ(level(1, 0), 1);
  EXPECT_EQ(level(1, 1), 3);
  EXPECT_FALSE(ContactSheet(*dataset, {.columns = 0}));
}

}  // namespace
}  // namespace credence::data
