// What is refused at load, in which words; and what is found in models of known make.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/test_folder.h"
#include "model/openvino/engine.h"
#include "model/test_models.h"

namespace credence::model {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kTestdata = "src/model/testdata";

class Load : public testing::Test {
 protected:
  Result<std::unique_ptr<Model>> Try(const fs::path& path,
                                     std::string signature = "serving_default") {
    return engine_->Load(path, {.batch_max = 1, .signature = std::move(signature)});
  }

  void ExpectRefused(const fs::path& path, Code code, const std::string& words) {
    const auto model = Try(path);
    ASSERT_FALSE(model.ok());
    EXPECT_EQ(model.error().code, code);
    EXPECT_THAT(model.error().message, HasSubstr(path.string()));
    EXPECT_THAT(model.error().message, HasSubstr(words));
  }

  PictureView ViewOf(TestNet net) {
    auto model = Try(WriteIr(net, folder_.path()));
    EXPECT_TRUE(model.ok()) << model.error().message;
    return model.ok() ? (*model)->info().view.value_or(PictureView{}) : PictureView{};
  }

  std::string NoViewOf(const fs::path& path) {
    const auto model = Try(path);
    EXPECT_TRUE(model.ok()) << model.error().message;
    return model.ok() && !(*model)->info().view ? (*model)->info().no_view : "";
  }

  // A copy of testdata/grey to damage.
  fs::path CopyOfGrey() {
    const fs::path copy = folder_.path() / "grey";
    fs::copy(kTestdata / "grey", copy, fs::copy_options::recursive);
    return copy;
  }

  const std::unique_ptr<Engine> engine_ = MakeOpenVinoEngine();
  TestFolder folder_;
};

TEST_F(Load, RefusesAPathThatIsNotThere) {
  ExpectRefused(folder_.path() / "no", Code::kNotFound, "there is no such file or folder");
}

TEST_F(Load, RefusesAnEmptyFolder) {
  ExpectRefused(folder_.path(), Code::kNotFound, "no saved_model.pb in it (the folder is empty)");
}

TEST_F(Load, RefusesAFileOfAnotherKind) {
  const fs::path file = folder_.path() / "model.h5";
  std::ofstream(file) << "x";
  ExpectRefused(file, Code::kInvalidArgument, "a SavedModel folder, an .onnx file or");
}

TEST_F(Load, SeveralInputsAreServedAsTensors) {
  const auto model = Try(kTestdata / "two_inputs");
  ASSERT_TRUE(model.ok()) << model.error().message;
  const ModelInfo& info = (*model)->info();
  EXPECT_FALSE(info.view);
  EXPECT_THAT(info.no_view,
              HasSubstr("2 inputs (\"numbers\" f32 [-1, 4], \"picture\" f32 [-1, 8, 8]); the "
                        "limit is one"));
  ASSERT_EQ(info.inputs.size(), 2u);
  std::vector<Tensor> inputs;
  std::vector<const Tensor*> pointers;
  for (const TensorSpec& spec : info.inputs) {
    Tensor tensor{.name = spec.name, .type = spec.type, .shape = spec.shape, .data = {}};
    tensor.shape[0] = 3;
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
      AppendValue(static_cast<double>(i) / 100, tensor);
    }
    EXPECT_TRUE(CheckFits(tensor, spec));
    inputs.push_back(std::move(tensor));
  }
  for (const Tensor& tensor : inputs) pointers.push_back(&tensor);
  auto session = (*model)->NewTensorSession();
  ASSERT_TRUE(session.ok());
  std::vector<Tensor> outputs;
  const auto ran = (*session)->Run(pointers, outputs);
  ASSERT_TRUE(ran.ok()) << ran.error().message;
  ASSERT_EQ(outputs.size(), info.outputs.size());
  EXPECT_EQ(outputs[0].shape[0], 3);
  EXPECT_NE(ValueAt(outputs[0], 0), 0);
}

TEST_F(Load, AnInputThatIsNoPictureIsServedAsATensor) {
  EXPECT_THAT(NoViewOf(kTestdata / "no_picture"),
              HasSubstr("the input \"numbers\" f32 [-1, 12] is not a picture: it has 2 axes"));
}

TEST_F(Load, NamesTheOperationThatTheEngineLacks) {
  ExpectRefused(kTestdata / "unsupported_op", Code::kUnimplemented, "MatrixDeterminant; export");
}

TEST_F(Load, ListsTheSignaturesWhenOneIsUnknown) {
  const auto model = Try(kTestdata / "two_signatures", "predict");
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.error().code, Code::kInvalidArgument);
  EXPECT_THAT(model.error().message,
              HasSubstr("no signature \"predict\"; it has \"reversed\", \"serving_default\""));
}

TEST_F(Load, DoesNotServeAnotherSignatureThanWasAsked) {
  const auto model = Try(kTestdata / "two_signatures", "reversed");
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.error().code, Code::kUnimplemented);
}

TEST_F(Load, RefusesAGraphWithoutItsVariables) {
  const fs::path copy = CopyOfGrey();
  fs::remove_all(copy / "variables");
  ExpectRefused(copy, Code::kDataLoss, "variables/variables.index is missing");
}

TEST_F(Load, RefusesTruncatedWeights) {
  const fs::path copy = CopyOfGrey();
  fs::resize_file(copy / "variables" / "variables.data-00000-of-00001", 100);
  ExpectRefused(copy, Code::kDataLoss, "exceed data size (100 bytes)");
}

TEST_F(Load, RefusesATruncatedGraph) {
  const fs::path copy = CopyOfGrey();
  fs::resize_file(copy / "saved_model.pb", 9000);
  ExpectRefused(copy, Code::kDataLoss, "its 9000 bytes are not a SavedModel protobuf");
}

TEST_F(Load, RefusesADamagedOnnxFile) {
  const fs::path file = folder_.path() / "model.onnx";
  std::ofstream(file) << "junk";
  ExpectRefused(file, Code::kDataLoss, "the engine cannot read the model");
}

TEST_F(Load, WhatIsNoClassifierSaysWhyNot) {
  const auto no_view = [&](TestNet net) { return NoViewOf(WriteIr(net, folder_.path())); };
  EXPECT_THAT(no_view(TestNet::kTwoHeads), HasSubstr("several outputs could be the class scores"));
  EXPECT_THAT(no_view(TestNet::kManySigmoids), HasSubstr("4 independent sigmoids"));
  EXPECT_THAT(no_view(TestNet::kOneValue), HasSubstr("no output holds class scores"));
  EXPECT_THAT(no_view(TestNet::kFreeSides), HasSubstr("its sides are not fixed"));
}

TEST_F(Load, TapsTheInputOfTheLastDenseLayer) {
  const PictureView info = ViewOf(TestNet::kDense);
  EXPECT_EQ(info.logit_source, LogitSource::kTap);
  EXPECT_EQ(info.feature_size, 6);
  EXPECT_EQ(info.feature_name, "hidden");
}

TEST_F(Load, CountsTheWeights) {
  const auto model = Try(WriteIr(TestNet::kDense, folder_.path()));
  ASSERT_TRUE(model.ok());
  EXPECT_EQ((*model)->info().parameters, 64 * 6 + 6 + 6 * 4 + 4);
}

TEST_F(Load, TapsTheInputOfAConvolutionHead) {
  const PictureView info = ViewOf(TestNet::kConvHead);
  EXPECT_EQ(info.feature_size, 5 * 6 * 6);
  EXPECT_EQ(info.input.layout, image::Layout::kNchw);
  EXPECT_EQ(info.input.channels, 3);
}

TEST_F(Load, ReadsOneSigmoidAsTwoClasses) {
  const PictureView info = ViewOf(TestNet::kSigmoid);
  EXPECT_EQ(info.logit_source, LogitSource::kSigmoid);
  EXPECT_EQ(info.classes, 2);
}

TEST_F(Load, TakesTheOutputAsLogitsWhereNoSoftmaxIs) {
  EXPECT_EQ(ViewOf(TestNet::kLogits).logit_source, LogitSource::kOutput);
}

TEST_F(Load, RecognisesProbabilitiesOfASoftmaxThatIsNotAnOperation) {
  EXPECT_EQ(ViewOf(TestNet::kHiddenSoftmax).logit_source, LogitSource::kProbabilities);
}

TEST_F(Load, LeavesOutATapWithoutTrainedWeightsBefore) {
  EXPECT_EQ(ViewOf(TestNet::kUint8Rescaled).feature_size, 0);
}

TEST_F(Load, ReadsAKerasExportWithRescaling) {
  const auto model = Try(kTestdata / "rgb_uint8");
  ASSERT_TRUE(model.ok()) << model.error().message;
  ASSERT_TRUE((*model)->info().view);
  EXPECT_FALSE((*model)->info().random_op);
  const PictureView& info = *(*model)->info().view;
  EXPECT_EQ(info.input.element, image::ElementType::kUint8);
  EXPECT_EQ(info.input.height, 8);
  EXPECT_EQ(info.input.width, 10);
  EXPECT_EQ(info.input.channels, 3);
  EXPECT_EQ(info.feature_size, 4);
}

TEST_F(Load, MarksARandomOperationAndGivesEachCopyAMaskOfItsOwn) {
  const auto model = engine_->Load(kTestdata / "dropout", {.batch_max = 16});
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_TRUE((*model)->info().random_op);
  const auto session = (*model)->NewSession();
  ASSERT_TRUE(session.ok());
  constexpr int kCopies = 16;
  (*session)->Input(kCopies);
  const Result<Outputs> outputs = (*session)->Run(kCopies);
  ASSERT_TRUE(outputs.ok());
  int different = 0;
  for (std::size_t i = 1; i < kCopies; ++i)
    different += outputs->logits[4 * i] != outputs->logits[0];
  EXPECT_GE(different, 8);  // six values are kept or dropped: all alike has probability 2^-90
  const std::vector<float> first(outputs->logits.begin(), outputs->logits.end());
  const Result<Outputs> again = (*session)->Run(kCopies);
  ASSERT_TRUE(again.ok());
  EXPECT_NE(std::vector<float>(again->logits.begin(), again->logits.end()), first);
}

}  // namespace
}  // namespace credence::model
