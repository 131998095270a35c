#include "model/openvino/input_range.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include <openvino/opsets/opset13.hpp>

namespace credence::model {
namespace {

namespace op = ov::opset13;
using Port = ov::Output<ov::Node>;

Port Values(const std::vector<float>& values, const ov::Shape& shape = {}) {
  return op::Constant::create(ov::element::f32, shape, values);
}
Port Times(const Port& x, const Port& y) { return std::make_shared<op::Multiply>(x, y)->output(0); }
Port Plus(const Port& x, const Port& y) { return std::make_shared<op::Add>(x, y)->output(0); }
Port Minus(const Port& x, const Port& y) { return std::make_shared<op::Subtract>(x, y)->output(0); }
Port Over(const Port& x, const Port& y) { return std::make_shared<op::Divide>(x, y)->output(0); }
Port Cast(const Port& x, ov::element::Type type) {
  return std::make_shared<op::Convert>(x, type)->output(0);
}
Port Root(const Port& x) { return std::make_shared<op::Sqrt>(x)->output(0); }
Port Flat(const Port& x) {
  const auto shape = op::Constant::create(ov::element::i64, ov::Shape{2}, {0, -1});
  return std::make_shared<op::Reshape>(x, shape, true)->output(0);
}
Port Quantised(const Port& x, float low, float high) {
  return std::make_shared<op::FakeQuantize>(x, Values({low}), Values({high}), Values({low}),
                                            Values({high}), 256)
      ->output(0);
}

struct Case {
  std::string what;
  ov::element::Type type;
  std::function<Port(const Port&)> first;  // the operations before the dense layer
  std::string range;                       // "": nothing is said
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.what; }

class InputRange : public testing::TestWithParam<Case> {};

TEST_P(InputRange, IsReadFromTheFirstOperations) {
  const Case& one = GetParam();
  const auto in = std::make_shared<op::Parameter>(one.type, ov::PartialShape{-1, 8, 8, 3});
  const Port flat = Flat(Cast(one.first(in), ov::element::f32));
  const auto dense = std::make_shared<op::MatMul>(
      flat, Values(std::vector<float>(192 * 4, 0.1f), ov::Shape{192, 4}));
  const ov::Model model(ov::OutputVector{dense}, ov::ParameterVector{in});
  const auto range = ReadInputRange(model);
  EXPECT_EQ(range ? range->name : "", one.range);
  EXPECT_EQ(model.get_results().size(), 1u);  // the graph is as it was
}

const ov::element::Type kFloat = ov::element::f32;
const ov::Shape kColours = {1, 1, 1, 3};

INSTANTIATE_TEST_SUITE_P(
    Models, InputRange,
    testing::Values(
        Case{"nothing", kFloat, [](const Port& x) { return x; }, ""},
        Case{"rescaling", kFloat, [](const Port& x) { return Times(x, Values({1 / 255.0f})); },
             "0..255"},
        Case{"division by 255", kFloat, [](const Port& x) { return Over(x, Values({255})); },
             "0..255"},
        Case{"rescaling to -1..1", kFloat,
             [](const Port& x) { return Plus(Times(x, Values({1 / 127.5f})), Values({-1})); },
             "0..255"},
        Case{"2 x - 1", kFloat,
             [](const Port& x) { return Minus(Times(x, Values({2})), Values({1})); }, "0..1"},
        Case{"adapted normalisation of levels", kFloat,
             [](const Port& x) { return Over(Minus(x, Values({33.3f})), Root(Values({6172}))); },
             "0..255"},
        Case{"adapted normalisation of shares", kFloat,
             [](const Port& x) { return Over(Minus(x, Values({.1307f})), Values({.3081f})); },
             "0..1"},
        Case{"normalisation of -1..1", kFloat,
             [](const Port& x) { return Over(Minus(x, Values({-.1f})), Values({.55f})); }, "-1..1"},
        Case{"ImageNet's mean and deviation of shares", kFloat,
             [](const Port& x) {
               return Over(Minus(x, Values({.485f, .456f, .406f}, kColours)),
                           Values({.229f, .224f, .225f}, kColours));
             },
             "0..1"},
        Case{"ImageNet's mean and deviation of levels", kFloat,
             [](const Port& x) {
               return Over(Minus(x, Values({123.7f, 116.3f, 103.5f}, kColours)),
                           Values({58.4f, 57.1f, 57.4f}, kColours));
             },
             "0..255"},
        Case{"ImageNet's mean of levels", kFloat,
             [](const Port& x) {
               return Minus(x, Values({103.9f, 116.8f, 123.7f}, kColours));
             },
             "0..255"},
        Case{"to levels and back", kFloat,
             [](const Port& x) { return Times(Times(x, Values({255})), Values({1 / 255.0f})); },
             "0..1"},
        Case{"inverted shares", kFloat, [](const Port& x) { return Minus(Values({1}), x); },
             "0..1"},
        Case{"a cast to bytes", kFloat, [](const Port& x) { return Cast(x, ov::element::u8); },
             "0..255"},
        Case{"a gain", kFloat, [](const Port& x) { return Times(x, Values({3})); }, ""},
        Case{"channels that disagree", kFloat,
             [](const Port& x) {
               return Times(x, Values({1 / 255.0f, 1, 1}, kColours));
             },
             ""},
        Case{"a value that depends on the picture", kFloat,
             [](const Port& x) { return Times(x, x); }, ""},
        Case{"quantised from 0..1", kFloat, [](const Port& x) { return Quantised(x, 0, 1); },
             "0..1"},
        Case{"quantised from -1..1", kFloat, [](const Port& x) { return Quantised(x, -1, 1); },
             "-1..1"},
        Case{"quantised from what was standardised", kFloat,
             [](const Port& x) { return Quantised(x, -.42f, 2.82f); }, ""},
        Case{"uint8", ov::element::u8, [](const Port& x) { return x; }, "0..255"},
        Case{"int32", ov::element::i32, [](const Port& x) { return x; }, "0..255"},
        Case{"int8 without a zero point", ov::element::i8, [](const Port& x) { return x; }, ""},
        Case{"int8 with one", ov::element::i8,
             [](const Port& x) {
               return Times(Minus(Cast(x, kFloat), Values({-128})), Values({1 / 255.0f}));
             },
             "-128..127"}),
    [](const auto& instance) {
      std::string name = instance.param.what;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      return name;
    });

}  // namespace
}  // namespace credence::model
