#include "model/model_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>
#include <string>

#include "base/test_folder.h"
#include "base/test_no_descriptors.h"
#include "model/saved_model.pb.h"

namespace credence::model {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::string Varint(std::size_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value % 128 + 128);
  return bytes + static_cast<char>(value);
}

// A field of a protobuf message that holds `bytes`.
std::string Field(std::size_t number, const std::string& bytes) {
  return Varint(number << 3 | 2) + Varint(bytes.size()) + bytes;
}

// An ONNX tensor that refers to `location`; with raw bytes before, to be walked past.
std::string Tensor(const std::string& location, const std::string& offset = "",
                   const std::string& length = "") {
  std::string tensor = Field(9, "weights");
  const auto entry = [&tensor](const std::string& key, const std::string& value) {
    if (!value.empty()) tensor += Field(13, Field(1, key) + Field(2, value));
  };
  entry("location", location);
  entry("offset", offset);
  entry("length", length);
  return tensor;
}

// A model of this graph, with a number and a text before it.
std::string Model(const std::string& graph) {
  return "\x08\x08" + Field(2, "torch") + Field(7, graph);
}

class ModelFilesTest : public testing::Test {
 protected:
  fs::path Write(const std::string& name, const std::string& bytes) {
    fs::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name, std::ios::binary) << bytes;
    return folder_.path() / name;
  }
  TestFolder folder_;
};

TEST_F(ModelFilesTest, FindsTheFilesThatAnOnnxModelRefersTo) {
  const fs::path onnx = Write(
      "m.onnx", Model(Field(5, Tensor("w.bin", "64", "36")) + Field(5, Field(9, "inside")) +
                      Field(5, Tensor("./w.bin", "0", "64")) + Field(5, Tensor("more/v.bin"))));
  const auto files = ExternalFiles(onnx);
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_THAT(*files, ElementsAre(ExternalFile{"more/v.bin", 0}, ExternalFile{"w.bin", 100}));
}

TEST_F(ModelFilesTest, LooksIntoConstantsBranchesAndFunctions) {
  const std::string constant = Field(1, Field(5, Field(5, Tensor("constant"))));
  const std::string branch = Field(1, Field(5, Field(6, Field(5, Tensor("branch")))));
  const std::string function = Field(25, Field(7, Field(5, Field(5, Tensor("function")))));
  const auto files = ExternalFiles(Write("m.onnx", Model(constant + branch) + function));
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_THAT(*files, ElementsAre(ExternalFile{"branch", 0}, ExternalFile{"constant", 0},
                                  ExternalFile{"function", 0}));
}

TEST_F(ModelFilesTest, RefusesAReferenceOutOfTheFolder) {
  for (const char* location : {"../w.bin", "/etc/w.bin", "a/../../w.bin"}) {
    const auto files = ExternalFiles(Write("m.onnx", Model(Field(5, Tensor(location)))));
    ASSERT_FALSE(files) << location;
    EXPECT_EQ(files.error().code, Code::kInvalidArgument);
    EXPECT_THAT(files.error().message, HasSubstr("not in its folder"));
  }
}

TEST_F(ModelFilesTest, RefusesADamagedOnnxFile) {
  const std::string whole = Model(Field(5, Tensor("w.bin", "64", "36")));
  for (std::size_t bytes = 3; bytes < whole.size(); bytes += 7) {
    EXPECT_FALSE(ExternalFiles(Write("m.onnx", whole.substr(0, bytes)))) << bytes;
  }
  EXPECT_FALSE(ExternalFiles(folder_.path() / "no.onnx"));
}

TEST_F(ModelFilesTest, OfAnOnnxModelAndOfIr) {
  const fs::path onnx = Write("m.onnx", Model(Field(5, Tensor("w.bin"))));
  const fs::path weights = Write("w.bin", "1234");
  const auto files = ModelFiles(onnx);
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_THAT(*files, ElementsAre(onnx, weights));
  const fs::path ir = Write("net.xml", "<net/>");
  const fs::path bin = Write("net.bin", "1234");
  EXPECT_THAT(*ModelFiles(ir), ElementsAre(ir, bin));
}

TEST_F(ModelFilesTest, OfASavedModelTheAssetsThatItsGraphUses) {
  saved_model::SavedModel file;
  saved_model::MetaGraphDef& graph = *file.add_meta_graphs();
  graph.mutable_meta_info_def()->add_tags("serve");
  graph.add_asset_file_def()->set_filename("names.txt");
  Write("v/saved_model.pb", file.SerializeAsString());
  Write("v/assets/names.txt", "cat\n");
  Write("v/assets/notes.txt", "nobody reads this");
  Write("v/assets.extra/credence/input.json", "{}");
  const fs::path version = folder_.path() / "v";
  const auto files = ModelFiles(version);
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_THAT(*files,
              UnorderedElementsAre(version / "saved_model.pb", version / "assets" / "names.txt"));
}

// A link to itself cannot be looked at by anybody, root included.
TEST_F(ModelFilesTest, WhatCannotBeLookedAtIsNotMissing) {
  saved_model::SavedModel file;
  file.add_meta_graphs()->mutable_meta_info_def()->add_tags("serve");
  Write("v/saved_model.pb", file.SerializeAsString());
  const fs::path version = folder_.path() / "v";
  fs::create_symlink("variables", version / "variables");
  const auto loop = ModelFiles(version);
  ASSERT_FALSE(loop);
  EXPECT_EQ(loop.error().code, Code::kUnavailable);
  EXPECT_THAT(loop.error().message, HasSubstr("Too many levels of symbolic links"));
  fs::remove(version / "variables");
  Write("v/variables/variables.index", "weights");
  fs::create_symlink("shard", version / "variables" / "shard");
  EXPECT_EQ(ModelFiles(version).error().code, Code::kUnavailable);
  fs::remove(version / "variables" / "shard");
  ASSERT_TRUE(ModelFiles(version));
  const NoDescriptors none;
  EXPECT_EQ(ModelFiles(version).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace credence::model
