#include "serving/whole.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/test_folder.h"

namespace credence::serving {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kTestdata = "src/model/testdata";

class Whole : public testing::Test {
 protected:
  Whole() { fs::copy(kTestdata / "grey", version_, fs::copy_options::recursive); }
  std::string Reason() {
    const auto checked = CheckWhole(version_);
    return checked ? "" : checked.error().message;
  }
  TestFolder folder_;
  const fs::path version_ = folder_ / "grey";
};

TEST_F(Whole, ASavedModelWithItsVariables) {
  EXPECT_EQ(Reason(), "");
  EXPECT_TRUE(CheckWhole("predictors/digits/1"));  // frozen: it has none
}

TEST_F(Whole, AHalfCopiedShardIsNamed) {
  const fs::path shard = version_ / "variables/variables.data-00000-of-00001";
  fs::resize_file(shard, 1000);
  EXPECT_THAT(Reason(),
              HasSubstr("variables.data-00000-of-00001 has 1000 bytes; its tensors need"));
  fs::remove(shard);
  EXPECT_THAT(Reason(), HasSubstr("variables.data-00000-of-00001 is missing"));
  fs::remove(version_ / "variables/variables.index");
  EXPECT_THAT(Reason(), HasSubstr("variables/variables.index is missing"));
}

TEST_F(Whole, ACutGraphIsNamed) {
  fs::resize_file(version_ / "saved_model.pb", 500);
  EXPECT_THAT(Reason(), HasSubstr("saved_model.pb is damaged"));
}

TEST_F(Whole, ModelFiles) {
  EXPECT_TRUE(CheckWhole(kTestdata / "grey.onnx"));
  EXPECT_THAT(CheckWhole(folder_.Write("empty.onnx", "")).error().message, HasSubstr("is empty"));
  // A graph of one tensor, 36 bytes at 64 of w.bin.
  const fs::path outside =
      folder_.Write("m.onnx", std::string("\x3a\x33\x2a\x31\x6a\x11\n\x08location\x12\x05w.bin"
                                          "\x6a\x0c\n\x06offset\x12\x02"
                                          "64"
                                          "\x6a\x0c\n\x06length\x12\x02"
                                          "36\x70\x01"));
  EXPECT_THAT(CheckWhole(outside).error().message, HasSubstr("w.bin is missing"));
  folder_.Write("w.bin", std::string(99, 'x'));
  EXPECT_THAT(CheckWhole(outside).error().message, HasSubstr("w.bin has 99 bytes"));
  folder_.Write("w.bin", std::string(100, 'x'));
  EXPECT_TRUE(CheckWhole(outside));
  const fs::path graph = folder_.Write("net.xml", "<net/>");
  EXPECT_THAT(CheckWhole(graph).error().message, HasSubstr("net.bin is missing"));
  folder_.Write("net.bin", "");
  EXPECT_THAT(CheckWhole(graph).error().message, HasSubstr("net.bin is empty"));
  folder_.Write("net.bin", "x");
  EXPECT_TRUE(CheckWhole(graph));
}

}  // namespace
}  // namespace credence::serving
