#include "model/test_models.h"

#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include <openvino/core/graph_util.hpp>
#include <openvino/core/model.hpp>
#include <openvino/opsets/opset13.hpp>

namespace credence::model {
namespace {

namespace op = ov::opset13;
using Port = ov::Output<ov::Node>;

Port Weights(const ov::Shape& shape) {
  std::vector<float> values(ov::shape_size(shape));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::sin(static_cast<float>(i + 1)) / 8;
  }
  return op::Constant::create(ov::element::f32, shape, values);
}

Port Integers(const std::vector<std::int64_t>& values) {
  return op::Constant::create(ov::element::i64, ov::Shape{values.size()}, values);
}

Port Named(const Port& port, const std::string& name) {
  port.get_node_shared_ptr()->set_friendly_name(name);
  port.get_tensor().set_names({name});
  return port;
}

Port Flat(const Port& port) {
  return std::make_shared<op::Reshape>(port, Integers({0, -1}), true)->output(0);
}

Port Dense(const Port& in, std::size_t inputs, std::size_t outputs) {
  const auto product = std::make_shared<op::MatMul>(in, Weights({inputs, outputs}));
  return std::make_shared<op::Add>(product, Weights({outputs}))->output(0);
}

Port Relu(const Port& in) { return std::make_shared<op::Relu>(in)->output(0); }
Port Softmax(const Port& in) { return std::make_shared<op::Softmax>(in, 1)->output(0); }
Port Sigmoid(const Port& in) { return std::make_shared<op::Sigmoid>(in)->output(0); }

Port Convolved(const Port& in, const ov::Shape& weights) {
  return std::make_shared<op::Convolution>(in, Weights(weights), ov::Strides{1, 1},
                                           ov::CoordinateDiff{0, 0}, ov::CoordinateDiff{0, 0},
                                           ov::Strides{1, 1})
      ->output(0);
}

Port ConvHead(const Port& in) {
  const Port maps = Relu(Convolved(in, {5, 3, 3, 3}));
  const Port classes = Convolved(maps, {4, 5, 1, 1});
  const auto mean = std::make_shared<op::ReduceMean>(classes, Integers({2, 3}), false);
  return Softmax(Named(mean, "logits"));
}

Port HiddenSoftmax(const Port& logits) {
  const auto power = std::make_shared<op::Exp>(logits);
  const auto sum = std::make_shared<op::ReduceSum>(power, Integers({1}), true);
  return std::make_shared<op::Divide>(power, sum)->output(0);
}

Port HiddenSigmoids(const Port& logits) {
  const auto one = op::Constant::create(ov::element::f32, ov::Shape{}, {1.0f});
  const auto power = std::make_shared<op::Exp>(std::make_shared<op::Negative>(logits));
  return std::make_shared<op::Divide>(one, std::make_shared<op::Add>(power, one))->output(0);
}

Port Log(const Port& in) { return std::make_shared<op::Log>(in)->output(0); }

Port RoundedToEighths(const Port& in) {
  const auto value = [](float v) {
    return op::Constant::create(ov::element::f32, ov::Shape{}, {v});
  };
  return std::make_shared<op::FakeQuantize>(in, value(0), value(1), value(0), value(1), 9)
      ->output(0);
}

Port SoftmaxOverOne(const Port& in) {
  const auto shaped = std::make_shared<op::Reshape>(in, Integers({0, 1, -1}), true);
  return Flat(std::make_shared<op::Softmax>(shaped, 1)->output(0));
}

Port FromInt8(const Port& in) {
  const auto real = std::make_shared<op::Convert>(in, ov::element::f32);
  const auto zero = op::Constant::create(ov::element::f32, ov::Shape{}, {-128.0f});
  const auto scale = op::Constant::create(ov::element::f32, ov::Shape{}, {1.0f / 255});
  const auto shifted = std::make_shared<op::Subtract>(real, zero);
  return std::make_shared<op::Multiply>(shifted, scale)->output(0);
}

Port ScaledByBatch(const Port& in) {
  const auto most = std::make_shared<op::ReduceMax>(in, Integers({0, 1, 2}), true);
  const auto little = op::Constant::create(ov::element::f32, ov::Shape{}, {0.001f});
  return std::make_shared<op::Divide>(in, std::make_shared<op::Add>(most, little))->output(0);
}

Port Rescaled(const Port& in) {
  const auto real = std::make_shared<op::Convert>(in, ov::element::f32);
  const auto scale = op::Constant::create(ov::element::f32, ov::Shape{}, {1.0f / 255});
  return std::make_shared<op::Multiply>(real, scale)->output(0);
}

ov::PartialShape InputShape(TestNet net) {
  switch (net) {
    case TestNet::kConvHead:
      return {-1, 3, 8, 8};
    case TestNet::kUint8Rescaled:
      return {-1, 8, 8, 3};
    case TestNet::kFixedBatch:
      return {2, 8, 8};
    case TestNet::kFreeSides:
      return {-1, -1, -1, 3};
    case TestNet::kFlat:
      return {-1, 64};
    default:
      return {-1, 8, 8};
  }
}

ov::element::Type InputType(TestNet net) {
  if (net == TestNet::kUint8Rescaled) return ov::element::u8;
  return net == TestNet::kInt8 ? ov::element::i8 : ov::element::f32;
}

std::vector<Port> Body(TestNet net, const Port& in) {
  switch (net) {
    case TestNet::kConvHead:
      return {ConvHead(in)};
    case TestNet::kHiddenSoftmax:
      return {HiddenSoftmax(Dense(Flat(in), 64, 4))};
    case TestNet::kUint8Rescaled:
      return {Softmax(Dense(Flat(Rescaled(in)), 192, 4))};
    case TestNet::kLogOfSoftmax:
      return {Log(HiddenSoftmax(Dense(Flat(in), 64, 4)))};
    case TestNet::kManySigmoids:
      return {Sigmoid(Dense(Flat(in), 64, 4))};
    case TestNet::kHiddenSigmoids:
      return {HiddenSigmoids(Dense(Flat(in), 64, 4))};
    case TestNet::kQuantisedSoftmax:
      return {RoundedToEighths(Softmax(Dense(Flat(in), 64, 4)))};
    case TestNet::kWrongAxis:
      return {SoftmaxOverOne(Dense(Flat(in), 64, 4))};
    case TestNet::kFlat:
      return {Softmax(Dense(in, 64, 4))};
    case TestNet::kInt8:
      return {Softmax(Dense(Flat(FromInt8(in)), 64, 4))};
    case TestNet::kBatchScale:
      return {Softmax(Dense(Flat(ScaledByBatch(in)), 64, 4))};
    case TestNet::kOneValue:
      return {Dense(Flat(in), 64, 1)};
    case TestNet::kFreeSides:
      return {Softmax(std::make_shared<op::ReduceMean>(in, Integers({1, 2}), false)->output(0))};
    default:
      break;
  }
  const Port hidden = Named(Relu(Dense(Flat(in), 64, 6)), "hidden");
  switch (net) {
    case TestNet::kSigmoid:
      return {Sigmoid(Dense(hidden, 6, 1))};
    case TestNet::kLogits:
      return {Dense(hidden, 6, 4)};
    case TestNet::kLogSoftmax:
      return {std::make_shared<op::LogSoftmax>(Dense(hidden, 6, 4), 1)->output(0)};
    case TestNet::kTwoHeads:
      return {Softmax(Dense(hidden, 6, 4)), Softmax(Dense(hidden, 6, 3))};
    default:
      return {Softmax(Dense(hidden, 6, 4))};
  }
}

}  // namespace

std::filesystem::path WriteIr(TestNet net, const std::filesystem::path& dir) {
  const auto picture = std::make_shared<op::Parameter>(InputType(net), InputShape(net));
  Named(picture, "picture");
  ov::OutputVector scores;
  for (const Port& port : Body(net, picture)) {
    scores.push_back(Named(port, "scores" + std::to_string(scores.size())));
  }
  std::filesystem::path file = dir / "net.xml";
  ov::serialize(std::make_shared<ov::Model>(scores, ov::ParameterVector{picture}), file.string(),
                (dir / "net.bin").string());
  return file;
}

void FillPicture(image::ElementType element, unsigned seed, std::span<std::byte> picture) {
  const auto level = [seed](std::size_t i) {
    const auto n = static_cast<unsigned>(i);
    return (37 * n + 101 * seed + n * n % 11 * seed) % 256;
  };
  if (element == image::ElementType::kUint8) {
    for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<std::byte>(level(i));
    return;
  }
  auto* values = static_cast<float*>(static_cast<void*>(picture.data()));
  for (std::size_t i = 0; i < picture.size() / sizeof(float); ++i) {
    values[i] = static_cast<float>(level(i)) / 255.0f;
  }
}

}  // namespace credence::model
