#include "model/openvino/compile.h"

#include <gtest/gtest.h>

#include <openvino/op/constant.hpp>
#include <openvino/op/matmul.hpp>
#include <openvino/op/parameter.hpp>
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

TEST(CompileForEach, GivesEachSessionAStreamOfItsOwn) {
  ov::Core core;
  const auto sets = CompileForEach(core, Tiny(), std::vector<int>{1, 2}, 1, {.sessions = 3});
  ASSERT_EQ(sets.size(), 3u);
  for (const CompiledSizes& set : sets) {
    EXPECT_EQ(Batches(set), (std::vector<int>{1, 2}));
    for (const Compiled& one : set) EXPECT_EQ(one.model.get_property(ov::num_streams).num, 1);
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
