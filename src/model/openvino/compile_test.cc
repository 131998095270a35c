#include "model/openvino/compile.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <openvino/op/constant.hpp>
#include <openvino/op/matmul.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/softmax.hpp>
#include <openvino/runtime/infer_request.hpp>
#include <openvino/runtime/properties.hpp>

#include "model/openvino/graph.h"

namespace credence::model {
namespace {

using std::chrono::microseconds;

// [-1, 4] times a [4, 4] weight.
std::shared_ptr<ov::Model> Tiny() {
  const auto input =
      std::make_shared<ov::op::v0::Parameter>(ov::element::f32, ov::PartialShape{-1, 4});
  const auto weight = std::make_shared<ov::op::v0::Constant>(ov::element::f32, ov::Shape{4, 4},
                                                             std::vector<float>(16, 0.5f));
  const auto product = std::make_shared<ov::op::v0::MatMul>(input, weight);
  return std::make_shared<ov::Model>(ov::OutputVector{product}, ov::ParameterVector{input});
}

std::vector<int> Batches(const CompiledSizes& compiled) {
  std::vector<int> batches;
  for (const Compiled& one : compiled) batches.push_back(one.batch);
  return batches;
}

TEST(BatchesPay, WhereARunIsShortOrReadsWeightsAllTheTime) {
  struct Case {
    const char* what;  // as measured on one core
    microseconds one_example;
    std::int64_t parameters;
    bool pay;
  };
  const Case cases[] = {
      {"the CNN of MNIST, 2 x with 8", microseconds(46), 100'000, true},
      {"three convolutions at 64 px, 1.6 x with 8", microseconds(1590), 3'242'730, true},
      {"EfficientNetB0 at 64 px, 2 x with 8", microseconds(2290), 4'062'381, true},
      {"MobileNetV2 at 224 px, 0.8 x with 8", microseconds(6810), 3'538'984, false},
      {"ResNet50 at 224 px, 1.02 x with 8", microseconds(65'170), 25'636'712, false},
      {"three dense layers, 7 x with 8", microseconds(9330), 29'384'714, true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(BatchesPay(c.one_example, c.parameters * 4), c.pay) << c.what;
  }
}

TEST(CompileSizes, AShortRunIsCompiledForEachSize) {
  ov::Core core;
  const auto one = CompileSizes(core, Tiny(), std::vector<int>{1, 2, 4}, 1, {});
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(Batches(one[0]), (std::vector<int>{1, 2, 4}));
  const auto fixed = CompileSizes(core, Tiny(), std::vector<int>{3}, 1, {});
  ASSERT_EQ(fixed.size(), 1u);
  EXPECT_EQ(Batches(fixed[0]), std::vector<int>{3});
}

TEST(CompileSizes, AShortRunIsCompiledForEachSlot) {
  ov::Core core;
  const auto sets = CompileSizes(core, Tiny(), std::vector<int>{1, 2, 4}, 1, {.slots = 3});
  ASSERT_EQ(sets.size(), 3u);
  for (const CompiledSizes& set : sets) EXPECT_EQ(Batches(set), (std::vector<int>{1, 2, 4}));
}

TEST(CompileForEach, GivesEachSlotAStreamOfItsOwn) {
  ov::Core core;
  const auto sets = CompileForEach(core, Tiny(), std::vector<int>{1, 2}, 1, {.slots = 3});
  ASSERT_EQ(sets.size(), 3u);
  for (const CompiledSizes& set : sets) {
    EXPECT_EQ(Batches(set), (std::vector<int>{1, 2}));
    for (const Compiled& one : set) EXPECT_EQ(one.model.get_property(ov::num_streams).num, 1);
  }
}

// Two outputs, as the scores and the logits before them.
std::shared_ptr<ov::Model> TwoOutputs() {
  const auto input =
      std::make_shared<ov::op::v0::Parameter>(ov::element::f32, ov::PartialShape{-1, 4});
  std::vector<float> weights;
  for (int i = 0; i < 12; ++i) weights.push_back(0.37f * static_cast<float>(i % 5) - 0.8f);
  const auto weight =
      std::make_shared<ov::op::v0::Constant>(ov::element::f32, ov::Shape{4, 3}, weights);
  const auto logits = std::make_shared<ov::op::v0::MatMul>(input, weight);
  const auto scores = std::make_shared<ov::op::v1::Softmax>(logits, 1);
  return std::make_shared<ov::Model>(ov::OutputVector{scores, logits}, ov::ParameterVector{input});
}

std::vector<float> Answers(ov::CompiledModel model) {
  ov::InferRequest request = model.create_infer_request();
  ov::Tensor input = request.get_input_tensor();
  for (std::size_t i = 0; i < input.get_size(); ++i) {
    input.data<float>()[i] = 0.1f * static_cast<float>(i % 7);
  }
  request.infer();
  std::vector<float> answers;
  for (std::size_t output = 0; output < model.outputs().size(); ++output) {
    const ov::Tensor values = request.get_output_tensor(output);
    const float* data = values.data<const float>();
    answers.insert(answers.end(), data, data + values.get_size());
  }
  return answers;
}

TEST(CompileForEach, GivesEachSlotTheSameAnswersBitByBit) {
  ov::Core core;
  const auto sets = CompileForEach(core, TwoOutputs(), std::vector<int>{1, 2, 4}, 1, {.slots = 3});
  for (std::size_t size = 0; size < sets[0].size(); ++size) {
    const std::vector<float> expected = Answers(sets[0][size].model);
    ASSERT_EQ(expected.size(), 6 * static_cast<std::size_t>(sets[0][size].batch));
    EXPECT_TRUE(std::any_of(expected.begin(), expected.end(), [](float x) { return x < 0; }));
    for (const CompiledSizes& set : sets) EXPECT_EQ(Answers(set[size].model), expected);
  }
}

TEST(BatchSizes, GoAsFarAsTheMinimumWhateverTheMemory) {
  const auto model = Tiny();
  SetBatch(*model, 1);
  EXPECT_EQ(BatchSizes(*model, 0, 1, 6), (std::vector<int>{1, 2, 4, 6}));
  EXPECT_EQ(BatchSizes(*model, 5, 1, 64), std::vector<int>{5});
  EXPECT_EQ(BatchSizes(*model, 0, 10, 1), (std::vector<int>{1, 2, 4, 8, 10}));
}

}  // namespace
}  // namespace credence::model
