#include "train/saved_model_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "model/signature.h"

namespace credence::train {
namespace {

// 4x4 pictures, one convolution, one pool, a head of two classes.
FrozenNet Small() {
  return {
      .input = {4, 4, 1},
      .layers = {
          FrozenConv{.kernel = 3,
                     .inputs = 1,
                     .filters = 2,
                     .padding = Padding::kSame,
                     .weights = std::vector<float>(18, 0.5f),
                     .bias = {0, 1}},
          FrozenPool{},
          FrozenDense{
              .inputs = 8, .units = 2, .weights = std::vector<float>(16, 0.25f), .bias = {0, 0}}}};
}

Result<model::SavedModelInfo> Read(const std::string& bytes) {
  return model::ReadSavedModel(
      std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

TEST(SavedModelWriter, SignatureNamesInputAndOutputsWithAFreeBatch) {
  const auto info = Read(EncodeSavedModel(Small(), InputElement::kFloat32));
  ASSERT_TRUE(info) << info.error().message;
  ASSERT_EQ(info->signatures.size(), 1u);
  const model::SignatureDef& signature = info->signatures[0];
  EXPECT_EQ(signature.key, "serving_default");
  EXPECT_EQ(signature.method_name, "tensorflow/serving/predict");
  ASSERT_EQ(signature.inputs.size(), 1u);
  EXPECT_EQ(signature.inputs[0].key, "image");
  EXPECT_EQ(model::DataTypeName(signature.inputs[0].dtype), "DT_FLOAT");
  EXPECT_EQ(signature.inputs[0].shape, (std::vector<std::int64_t>{-1, 4, 4, 1}));
  ASSERT_EQ(signature.outputs.size(), 3u);
  EXPECT_EQ(signature.outputs[0].key, "features");
  EXPECT_EQ(signature.outputs[0].shape, (std::vector<std::int64_t>{-1, 8}));
  EXPECT_EQ(signature.outputs[1].key, "logits");
  EXPECT_EQ(signature.outputs[2].key, "probabilities");
  EXPECT_EQ(signature.outputs[2].name, "probabilities:0");
}

TEST(SavedModelWriter, Uint8InputIsScaledInTheGraph) {
  const auto info = Read(EncodeSavedModel(Small(), InputElement::kUint8));
  ASSERT_TRUE(info);
  EXPECT_EQ(model::DataTypeName(info->signatures[0].inputs[0].dtype), "DT_UINT8");
  EXPECT_NE(std::find(info->ops.begin(), info->ops.end(), "Cast"), info->ops.end());
}

TEST(SavedModelWriter, ClaimsNoTensorFlowVersion) {
  EXPECT_EQ(Read(EncodeSavedModel(Small(), InputElement::kFloat32))->tensorflow_version, "");
}

TEST(SavedModelWriter, SameNetworkGivesTheSameBytes) {
  EXPECT_EQ(EncodeSavedModel(Small(), InputElement::kFloat32),
            EncodeSavedModel(Small(), InputElement::kFloat32));
}

}  // namespace
}  // namespace credence::train
