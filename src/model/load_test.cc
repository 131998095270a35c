// What is refused at load, in which words; and what is found in models of known make.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/test_folder.h"
#include "model/openvino/engine.h"
#include "model/test_models.h"

namespace credence::model {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kTestdata = "src/model/testdata";

class Load : public testing::Test {
 protected:
  Result<std::unique_ptr<Model>> Try(const fs::path& path, std::string signature = "") {
    return engine_->Load(path, {.batch_max = 1, .signature = std::move(signature)});
  }
  Result<std::unique_ptr<Model>> Try(TestNet net, const LoadOptions& options) {
    return engine_->Load(WriteIr(net, folder_.path()), options);
  }
  static std::vector<float> Scores(const Model& model, int seed) {
    const auto session = model.NewSession(0);
    FillPicture(model.info().view->input.element, static_cast<unsigned>(seed),
                (*session)->Input(1));
    const auto outputs = (*session)->Run(1);
    return {outputs->scores.begin(), outputs->scores.end()};
  }

  void ExpectRefused(const fs::path& path, Code code, const std::string& words,
                     const std::string& signature = "") {
    const auto model = Try(path, signature);
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
  ExpectRefused(file, Code::kInvalidArgument,
                "load_model(\"model.h5\").export(\"model/1\") writes a SavedModel");
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

TEST_F(Load, ServesTheSignatureThatWasAsked) {
  const auto by_default = Try(kTestdata / "two_signatures");
  ASSERT_TRUE(by_default.ok()) << by_default.error().message;
  EXPECT_EQ((*by_default)->info().signature, "serving_default");
  const auto reversed = Try(kTestdata / "two_signatures", "reversed");
  ASSERT_TRUE(reversed.ok()) << reversed.error().message;
  EXPECT_EQ((*reversed)->info().signature, "reversed");
  ASSERT_TRUE((*by_default)->info().view && (*reversed)->info().view);
  EXPECT_NE(Scores(**by_default, 1), Scores(**reversed, 1));
}

TEST_F(Load, ModelsWithoutSignaturesHaveNoneToChoose) {
  ExpectRefused(WriteIr(TestNet::kDense, folder_.path()), Code::kInvalidArgument,
                "no signatures to choose from", "reversed");
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
  EXPECT_THAT(no_view(TestNet::kOneValue), HasSubstr("say what it is by --scores"));
  EXPECT_THAT(no_view(TestNet::kFreeSides), HasSubstr("by --input-size HEIGHTxWIDTH"));
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

TEST_F(Load, FindsWhatTheScoresAre) {
  const std::pair<TestNet, ScoreKind> cases[] = {
      {TestNet::kDense, ScoreKind::kProbabilities},
      {TestNet::kHiddenSoftmax, ScoreKind::kProbabilities},
      {TestNet::kQuantisedSoftmax, ScoreKind::kProbabilities},
      {TestNet::kSigmoid, ScoreKind::kProbabilities},
      {TestNet::kLogSoftmax, ScoreKind::kLogProbabilities},
      {TestNet::kLogOfSoftmax, ScoreKind::kLogProbabilities},
      {TestNet::kLogits, ScoreKind::kLogits},
      {TestNet::kManySigmoids, ScoreKind::kSigmoids},
      {TestNet::kHiddenSigmoids, ScoreKind::kSigmoids},
  };
  for (const auto& [net, kind] : cases) {
    const PictureView view = ViewOf(net);
    EXPECT_EQ(ScoreKindName(view.score_kind), ScoreKindName(kind)) << static_cast<int>(net);
    EXPECT_EQ(view.assumed.empty(), kind != ScoreKind::kSigmoids) << static_cast<int>(net);
  }
}

TEST_F(Load, SigmoidsHaveTheLogitsBeforeThem) {
  const auto shown = Try(TestNet::kManySigmoids, {.batch_max = 1});
  const auto hidden =
      Try(TestNet::kHiddenSigmoids, {.batch_max = 1, .scores = ScoreKind::kSigmoids});
  ASSERT_TRUE(shown.ok() && hidden.ok());
  EXPECT_THAT((*shown)->info().view->assumed, ElementsAre(HasSubstr("exactly one applies")));
  EXPECT_TRUE((*hidden)->info().view->assumed.empty());
  for (const std::unique_ptr<Model>* model : {&*shown, &*hidden}) {
    const auto session = (*model)->NewSession(0);
    FillPicture(image::ElementType::kFloat32, 2, (*session)->Input(1));
    const auto outputs = (*session)->Run(1);
    ASSERT_TRUE(outputs.ok());
    for (std::size_t k = 0; k < 4; ++k) {
      const float z = outputs->logits[k];
      EXPECT_NEAR(outputs->scores[k], 1 / (1 + std::exp(-z)), 1e-5);
    }
  }
}

TEST_F(Load, OneValueIsWhatItIsSaidToBe) {
  const auto logit = Try(TestNet::kOneValue, {.batch_max = 1, .scores = ScoreKind::kLogits});
  ASSERT_TRUE(logit.ok()) << logit.error().message;
  EXPECT_EQ((*logit)->info().view->classes, 2);
  const auto session = (*logit)->NewSession(0);
  FillPicture(image::ElementType::kFloat32, 2, (*session)->Input(1));
  const auto outputs = (*session)->Run(1);
  ASSERT_TRUE(outputs.ok());
  ASSERT_EQ(outputs->logits.size(), 2u);
  EXPECT_EQ(outputs->logits[0], 0);
  EXPECT_NEAR(outputs->scores[1], 1 / (1 + std::exp(-outputs->logits[1])), 1e-6);
  EXPECT_NEAR(outputs->scores[0] + outputs->scores[1], 1, 1e-6);
  std::vector<Tensor> copied;
  (*session)->CopyOutputs(0, copied);
  EXPECT_EQ(static_cast<float>(ValueAt(copied[0], 0)), outputs->logits[1]);  // untouched
}

TEST_F(Load, WhatIsSaidOfTheScoresMustFit) {
  const auto softmax = Try(TestNet::kDense, {.batch_max = 1, .scores = ScoreKind::kLogits});
  ASSERT_FALSE(softmax.ok());
  EXPECT_THAT(softmax.error().message, HasSubstr("ends in a Softmax: it holds probabilities"));
  const auto value = Try(TestNet::kOneValue, {.batch_max = 1, .scores = ScoreKind::kSigmoids});
  ASSERT_FALSE(value.ok());
  EXPECT_THAT(value.error().message, HasSubstr("can be logits or probabilities"));
}

TEST_F(Load, AFlatInputIsASquareOrWhatIsSaid) {
  const PictureView view = ViewOf(TestNet::kFlat);
  EXPECT_EQ(view.input.height, 8);
  EXPECT_EQ(view.input.width, 8);
  EXPECT_THAT(view.assumed, ElementsAre(HasSubstr("rows of a square (--input-size 8x8)")));
  const auto said = Try(TestNet::kFlat, {.batch_max = 1, .input_size = InputSize{4, 16}});
  ASSERT_TRUE(said.ok()) << said.error().message;
  EXPECT_EQ((*said)->info().view->input.width, 16);
  EXPECT_TRUE((*said)->info().view->assumed.empty());
  const auto other = Try(TestNet::kFlat, {.batch_max = 1, .input_size = InputSize{28, 28}});
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().message, HasSubstr("not of the size 28x28 that --input-size says"));
}

TEST_F(Load, OpenSidesAreWhatIsSaid) {
  const auto said = Try(TestNet::kFreeSides, {.batch_max = 1, .input_size = InputSize{6, 9}});
  ASSERT_TRUE(said.ok()) << said.error().message;
  EXPECT_EQ((*said)->info().view->input.height, 6);
  EXPECT_EQ((*said)->info().view->input.width, 9);
  EXPECT_EQ((*said)->info().inputs[0].shape, (std::vector<std::int64_t>{-1, 6, 9, 3}));
  const auto fixed = Try(TestNet::kDense, {.batch_max = 1, .input_size = InputSize{6, 9}});
  ASSERT_FALSE(fixed.ok());
  EXPECT_THAT(fixed.error().message, HasSubstr("not of the size 6x9"));
}

TEST_F(Load, Int8IsFedItsOwnValues) {
  const auto model = Try(TestNet::kInt8, {.batch_max = 1});
  ASSERT_TRUE(model.ok()) << model.error().message;
  const InputSpec& input = (*model)->info().view->input;
  ASSERT_TRUE(input.range);
  EXPECT_EQ(input.range->name, "-128..127");
  EXPECT_FALSE(input.range_is_guess);
  EXPECT_EQ((*model)->info().inputs[0].type, DataType::kInt8);
  // Black and white, as the same net over floats answers 0 and 1: dense 4 of 64 weights.
  const auto session = (*model)->NewSession(0);
  const std::span<std::byte> bytes = (*session)->Input(1);
  ASSERT_EQ(bytes.size(), 64 * sizeof(float));
  auto* values = static_cast<float*>(static_cast<void*>(bytes.data()));
  const auto flat = Try(TestNet::kFlat, {.batch_max = 1});
  const auto reference = (*flat)->NewSession(0);
  auto* shares = static_cast<float*>(static_cast<void*>((*reference)->Input(1).data()));
  for (std::size_t i = 0; i < 64; ++i) {
    const auto level = static_cast<float>(i * 37 % 256);
    values[i] = input.range->scale[0] * level + input.range->offset[0];
    shares[i] = level / 255;
  }
  const auto got = (*session)->Run(1), expected = (*reference)->Run(1);
  ASSERT_TRUE(got.ok() && expected.ok());
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(got->logits[k], expected->logits[k], 1e-4);
}

TEST_F(Load, AModelWhoseAnswersDependOnTheBatchIsRunAlone) {
  const auto scaled = Try(TestNet::kBatchScale, {.batch_max = 8});
  ASSERT_TRUE(scaled.ok()) << scaled.error().message;
  EXPECT_TRUE((*scaled)->info().batch_matters);
  EXPECT_EQ((*scaled)->batch_max(), 1);
  const auto plain = Try(TestNet::kDense, {.batch_max = 8});
  ASSERT_TRUE(plain.ok());
  EXPECT_FALSE((*plain)->info().batch_matters);
  EXPECT_EQ((*plain)->batch_max(), 8);
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
  const auto session = (*model)->NewSession(0);
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
