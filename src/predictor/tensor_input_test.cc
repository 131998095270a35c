#include "predictor/tensor_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/fake/fake_model.h"
#include "predictor/load.h"

namespace credence::predictor {
namespace {

using model::DataType;
using testing::ElementsAre;
using testing::HasSubstr;

model::Tensor Make(std::string name, DataType type, std::vector<std::int64_t> shape,
                   const std::vector<double>& values) {
  model::Tensor tensor{
      .name = std::move(name), .type = type, .shape = std::move(shape), .data = {}};
  for (const double value : values) model::AppendValue(value, tensor);
  return tensor;
}

class TensorInput : public testing::Test {
 protected:
  Answer Predict(const Loaded& loaded, const Input& input, bool outputs = false) {
    Answer answer;
    loaded.predictor->Prepare(input, workspace_, answer, timings_);
    const Task task{.answer = &answer, .outputs = outputs};
    if (!answer.error) loaded.predictor->Run({&task, 1}, loaded.last(), timings_);
    return answer;
  }
  std::string Refusal(const Loaded& loaded, const Input& input) {
    const Answer answer = Predict(loaded, input);
    return answer.error ? answer.error->message : "";
  }
  Loaded Load(std::unique_ptr<model::Model> model, const LoadOptions& options = {}) {
    auto made = Assemble({.name = "fake"}, std::move(model), {}, options, clock_);
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
  }
  // A classifier of 2 x 2 grey pictures.
  Loaded Small(const LoadOptions& options = {}) {
    return Load(model::MakeFake({.input = {.name = "x", .height = 2, .width = 2, .channels = 1},
                                 .classes = 3,
                                 .feature_size = 0}),
                options);
  }

  SystemClock clock_;
  Workspace workspace_;
  Timings timings_;
};

TEST_F(TensorInput, AModelOfSeveralInputsAnswersByName) {
  const Loaded loaded = Load(model::MakeAddingFake());
  EXPECT_FALSE(loaded.predictor->takes_pictures());
  const Answer answer =
      Predict(loaded, Tensors{{Make("b", DataType::kInt32, {1, 3}, {10, 20, 30}),
                               Make("a", DataType::kFloat32, {1, 3}, {0.5, 1, 2})}});
  ASSERT_FALSE(answer.error) << answer.error->message;
  ASSERT_EQ(answer.outputs.size(), 1u);
  EXPECT_EQ(answer.outputs[0].name, "sum");
  EXPECT_EQ(model::ValueAt(answer.outputs[0], 0), 10.5);
  EXPECT_EQ(model::ValueAt(answer.outputs[0], 2), 32);
  EXPECT_EQ(answer.prediction.verdict, reliability::Verdict::kUnassessed);
}

TEST_F(TensorInput, JsonsNumbersTakeTheModelsType) {
  const Loaded loaded = Load(model::MakeAddingFake());
  Tensors sent{{Make("a", DataType::kFloat64, {1, 3}, {1, 2, 3}),
                Make("b", DataType::kFloat64, {1, 3}, {1, 2, 3})},
               true};
  EXPECT_EQ(model::ValueAt(Predict(loaded, sent).outputs[0], 1), 4);
  sent.all[1] = Make("b", DataType::kFloat64, {1, 3}, {1, 2.5, 3});
  EXPECT_THAT(Refusal(loaded, sent), HasSubstr("input \"b\" holds 2.500000, which is no int32"));
}

TEST_F(TensorInput, WhatDoesNotFitIsNamedWithWhatIsTaken) {
  const Loaded loaded = Load(model::MakeAddingFake());
  const auto a = Make("a", DataType::kFloat32, {1, 3}, {1, 2, 3});
  const auto b = Make("b", DataType::kInt32, {1, 3}, {1, 2, 3});
  EXPECT_THAT(Refusal(loaded, Tensors{{a}}),
              HasSubstr("there is no input \"b\"; the model takes \"a\" float32 [-1, 3], \"b\" "
                        "int32 [-1, 3]"));
  EXPECT_THAT(Refusal(loaded, Tensors{{a, b, Make("c", DataType::kInt8, {1}, {1})}}),
              HasSubstr("the model has no input \"c\""));
  EXPECT_THAT(Refusal(loaded, Tensors{{a, b, b}}), HasSubstr("sent twice"));
  EXPECT_THAT(Refusal(loaded, Tensors{{a, Make("b", DataType::kInt32, {3}, {1, 2, 3})}}),
              HasSubstr("input \"b\" is int32 [3]; the model takes int32 [-1, 3]"));
  EXPECT_THAT(Refusal(loaded, Tensors{{a, Make("b", DataType::kInt32, {1, 3}, {1, 2})}}),
              HasSubstr("has 8 bytes; int32 [1, 3] has 12"));
  model::Tensor huge = b;
  huge.shape = {std::int64_t{1} << 62, 3};
  EXPECT_THAT(Refusal(loaded, Tensors{{a, huge}}), HasSubstr("cannot have the shape"));
}

TEST_F(TensorInput, AskingItForAPictureIsAClearError) {
  const Loaded loaded = Load(model::MakeAddingFake());
  const std::string refusal = Refusal(loaded, EncodedPicture{});
  EXPECT_THAT(refusal, HasSubstr("this model takes no picture: the model has 2 inputs"));
  EXPECT_THAT(refusal, HasSubstr("\"a\" float32 [-1, 3]"));
}

TEST_F(TensorInput, APicturesTensorGoesInBitForBit) {
  const Loaded loaded = Small();
  const std::vector<double> numbers = {0.1234567, 0.3, 0.702, 0.9999999};
  Answer answer =
      Predict(loaded, Tensors{{Make("x", DataType::kFloat32, {1, 2, 2, 1}, numbers)}}, true);
  ASSERT_FALSE(answer.error) << answer.error->message;
  EXPECT_EQ(answer.tensor, Make("x", DataType::kFloat32, {4}, numbers).data);
  EXPECT_THAT(answer.adapted.canonical.data, ElementsAre(31, 77, 179, 255));
  EXPECT_FALSE(answer.misfit);
  ASSERT_EQ(answer.outputs.size(), 1u);
  EXPECT_THAT(answer.outputs[0].shape, ElementsAre(1, 3));
  EXPECT_EQ(static_cast<float>(model::ValueAt(answer.outputs[0], 1)),
            answer.prediction.prediction[1]);
  EXPECT_FALSE(Predict(loaded, Tensors{{Make("x", DataType::kFloat32, {2, 2, 1}, numbers)}}).error);
  EXPECT_THAT(Refusal(loaded, Tensors{{Make("x", DataType::kFloat32, {1, 4}, numbers)}}),
              HasSubstr("is float32 [1, 4]; the model takes float32 [1, 2, 2, 1]"));
}

TEST_F(TensorInput, NumbersOutsideTheModelsRangeGoInAndAreUnfamiliar) {
  const Answer answer =
      Predict(Small(), Tensors{{Make("x", DataType::kFloat32, {1, 2, 2, 1}, {-9, 0, 0, 40})}});
  ASSERT_FALSE(answer.error);
  EXPECT_EQ(answer.misfit, (NumberSpan{-9, 40}));
  EXPECT_TRUE(answer.prediction.reasons.contains(reliability::Reason::kValueRange));
}

TEST_F(TensorInput, ChannelsFirstIsReadAsAPicture) {
  const Loaded loaded = Load(model::MakeFake({.input = {.name = "x",
                                                        .height = 1,
                                                        .width = 2,
                                                        .channels = 3,
                                                        .channel_axis = true,
                                                        .layout = image::Layout::kNchw},
                                              .feature_size = 0}));
  Answer answer;
  model::ModelInfo info = loaded.predictor->model_info();
  info.inputs[0].shape = {-1, 3, 1, 2};
  ASSERT_TRUE(ReadPictureTensor(
      Tensors{{Make("x", DataType::kFloat32, {1, 3, 1, 2}, {0, 0.2, 0.4, 0.6, 0.8, 1})}}, info,
      loaded.predictor->contract(), answer));
  EXPECT_THAT(answer.adapted.canonical.data, ElementsAre(0, 102, 204, 51, 153, 255));
}

TEST_F(TensorInput, ABatchIsSplitIntoItsRows) {
  const Loaded loaded = Small();
  Recycled<Input> inputs;
  inputs.Add() = Tensors{{Make("x", DataType::kFloat32, {2, 2, 2, 1}, {0, 0, 0, 0, 1, 1, 1, 1})}};
  ASSERT_TRUE(SplitRows(loaded.predictor->model_info(), 8, inputs));
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(Predict(loaded, inputs[0]).prediction.label, 0);
  EXPECT_EQ(Predict(loaded, inputs[1]).prediction.label, 2);
  inputs.Clear();
  inputs.Add() = Tensors{{Make("x", DataType::kFloat32, {9, 2, 2, 1}, std::vector<double>(36))}};
  EXPECT_EQ(SplitRows(loaded.predictor->model_info(), 8, inputs).error().message,
            "input \"x\" has 9 rows; the limit is 8");
}

}  // namespace
}  // namespace credence::predictor
