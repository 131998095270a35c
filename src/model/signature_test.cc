#include "model/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace credence::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::uint8_t> File(const std::string& name) {
  std::ifstream in("src/model/testdata/" + name + "/saved_model.pb", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Signature, ReadsInputsAndOutputs) {
  const auto info = ReadSavedModel(File("two_inputs"));
  ASSERT_TRUE(info.ok()) << info.error().message;
  EXPECT_THAT(info->tags, ElementsAre("serve"));
  const SignatureDef& serving = info->signatures.back();
  EXPECT_EQ(serving.key, "serving_default");
  EXPECT_EQ(serving.method_name, "tensorflow/serving/predict");
  ASSERT_EQ(serving.inputs.size(), 2u);
  EXPECT_EQ(serving.inputs[1].key, "picture");
  EXPECT_EQ(serving.inputs[1].name, "serving_default_picture:0");
  EXPECT_EQ(DataTypeName(serving.inputs[1].dtype), "DT_FLOAT");
  EXPECT_THAT(serving.inputs[1].shape, ElementsAre(-1, 8, 8));
}

TEST(Signature, LeavesOutTheInitOperation) {
  const auto info = ReadSavedModel(File("two_signatures"));
  ASSERT_TRUE(info.ok());
  ASSERT_EQ(info->signatures.size(), 2u);
  EXPECT_EQ(info->signatures[0].key, "reversed");
  EXPECT_EQ(info->signatures[1].key, "serving_default");
}

TEST(Signature, ListsOperationsOfFunctionsToo) {
  const auto info = ReadSavedModel(File("dropout"));
  ASSERT_TRUE(info.ok());
  EXPECT_THAT(info->ops, testing::IsSupersetOf({"MatMul", "RandomUniform", "VarHandleOp"}));
}

TEST(Signature, RefusesWhatIsNoProtobuf) {
  const std::vector<std::uint8_t> junk(100, 0xff);
  const auto info = ReadSavedModel(junk);
  ASSERT_FALSE(info.ok());
  EXPECT_EQ(info.error().code, Code::kDataLoss);
  EXPECT_THAT(info.error().message, HasSubstr("its 100 bytes are not a SavedModel"));
}

TEST(Signature, RefusesAFileWithoutGraph) {
  const auto info = ReadSavedModel({});
  ASSERT_FALSE(info.ok());
  EXPECT_EQ(info.error().code, Code::kDataLoss);
}

TEST(Signature, NamesTheTagsWhenNoneIsServe) {
  // SavedModel{meta_graphs: {meta_info_def: {tags: "train"}}}
  const std::vector<std::uint8_t> file = {0x12, 9, 0x0a, 7, 0x22, 5, 't', 'r', 'a', 'i', 'n'};
  const auto info = ReadSavedModel(file);
  ASSERT_FALSE(info.ok());
  EXPECT_EQ(info.error().code, Code::kInvalidArgument);
  EXPECT_THAT(info.error().message, HasSubstr("no graph tagged \"serve\", only {train}"));
}

TEST(Signature, NamesUnknownDataTypesByNumber) {
  EXPECT_EQ(DataTypeName(4), "DT_UINT8");
  EXPECT_EQ(DataTypeName(99), "DT_99");
  EXPECT_EQ(DataTypeName(-1), "DT_-1");
}

}  // namespace
}  // namespace credence::model
