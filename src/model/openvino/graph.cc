#include "model/openvino/graph.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <unordered_set>

#include <openvino/op/constant.hpp>
#include <openvino/op/util/multi_subgraph_base.hpp>

namespace credence::model {
namespace {

using Port = ov::Output<ov::Node>;

constexpr std::int64_t kPictureSideMin = 4;
constexpr std::size_t kWeightElementsMin = 17;  // fewer: a scaling constant, not a trained weight

std::string_view TypeOf(const ov::Node& node) { return node.get_type_info().name; }

template <std::size_t N>
bool IsOneOf(const ov::Node& node, const std::array<std::string_view, N>& types) {
  return std::ranges::find(types, TypeOf(node)) != types.end();
}

bool IsHeadOp(const ov::Node& node) {
  static constexpr std::array<std::string_view, 4> kTypes = {"MatMul", "Convolution",
                                                             "GroupConvolution", "Einsum"};
  return IsOneOf(node, kTypes);
}

// Changes shape or type, never values.
bool IsTransparent(const ov::Node& node) {
  static constexpr std::array<std::string_view, 5> kTypes = {"Reshape", "Squeeze", "Unsqueeze",
                                                             "Convert", "Transpose"};
  return IsOneOf(node, kTypes);
}

template <class AnyPort>
std::string NameOf(const AnyPort& port) {
  return port.get_names().empty() ? port.get_node()->get_friendly_name() : port.get_any_name();
}

template <class AnyPort>
std::string Describe(const AnyPort& port) {
  std::string text = "\"" + NameOf(port) + "\" " + port.get_element_type().get_type_name() + " ";
  if (port.get_partial_shape().rank().is_dynamic()) return text + "of unknown rank";
  text += "[";
  for (const ov::Dimension& side : port.get_partial_shape()) {
    if (text.back() != '[') text += ", ";
    text += side.is_dynamic() ? "-1" : std::to_string(side.get_length());
  }
  return text + "]";
}

template <class Ports>
std::string DescribeAll(const Ports& ports) {
  std::string text;
  for (const auto& port : ports) {
    if (!text.empty()) text += ", ";
    text += Describe(port);
  }
  return text;
}

// Knows of each value whether it is the same for every picture. A tensor's shape counts as
// constant: shapes are static when this is asked.
class Constness {
 public:
  explicit Constness(const ov::Model& model) {
    for (const auto& node : model.get_ordered_ops()) {
      const bool fed = node->get_input_size() > 0 && DataInputs(*node).empty();
      if (TypeOf(*node) == "Constant" || TypeOf(*node) == "ShapeOf" || fed) {
        constant_.insert(node.get());
      }
    }
  }

  bool IsConstant(const Port& port) const { return constant_.contains(port.get_node()); }

  // The inputs of `node` that depend on the picture.
  std::vector<Port> DataInputs(const ov::Node& node) const {
    std::vector<Port> data;
    for (const Port& source : node.input_values()) {
      if (!IsConstant(source)) data.push_back(source);
    }
    return data;
  }

 private:
  std::unordered_set<const ov::Node*> constant_;
};

// A dense layer or convolution with weights of its own.
bool HasTrainedWeight(const ov::Node& node, const Constness& constness) {
  if (!IsHeadOp(node)) return false;
  return std::ranges::any_of(node.input_values(), [&](const Port& source) {
    return constness.IsConstant(source) && source.get_partial_shape().is_static() &&
           ov::shape_size(source.get_shape()) >= kWeightElementsMin;
  });
}

bool TrainedWeightBefore(const Port& port, const Constness& constness) {
  std::vector<const ov::Node*> open = {port.get_node()};
  std::unordered_set<const ov::Node*> seen(open.begin(), open.end());
  while (!open.empty()) {
    const ov::Node& node = *open.back();
    open.pop_back();
    if (HasTrainedWeight(node, constness)) return true;
    for (const Port& source : node.input_values()) {
      if (seen.insert(source.get_node()).second) open.push_back(source.get_node());
    }
  }
  return false;
}

std::optional<Port> FindFeatures(Port at, int batch, const Constness& constness) {
  while (!IsHeadOp(*at.get_node())) {
    const std::vector<Port> data = constness.DataInputs(*at.get_node());
    if (data.size() != 1) return std::nullopt;  // the picture itself, or a joint of branches
    at = data[0];
  }
  const std::vector<Port> data = constness.DataInputs(*at.get_node());
  if (data.size() != 1 || data[0].get_partial_shape().is_dynamic()) return std::nullopt;
  const std::size_t size = ov::shape_size(data[0].get_shape());
  const auto examples = static_cast<std::size_t>(batch);
  if (size % examples != 0 || size / examples < kFeatureSizeMin ||
      size / examples > kFeatureSizeMax || !TrainedWeightBefore(data[0], constness)) {
    return std::nullopt;
  }
  return data[0];
}

// The op that made the values of `port`, seen through changes of shape and type.
Port Maker(Port port) {
  while (IsTransparent(*port.get_node())) port = port.get_node()->input_value(0);
  return port;
}

// Values an example, if they lie along one axis; else 0.
int ClassesOf(const Port& port, int batch) {
  if (port.get_partial_shape().is_dynamic()) return 0;
  const ov::Shape& shape = port.get_shape();
  if (shape.empty() || shape[0] != static_cast<std::size_t>(batch)) return 0;
  if (std::ranges::count_if(shape.begin() + 1, shape.end(), [](auto n) { return n != 1; }) > 1) {
    return 0;
  }
  const std::size_t values = ov::shape_size(shape) / shape[0];
  return values <= static_cast<std::size_t>(kClassesMax) ? static_cast<int>(values) : 0;
}

bool EndsIn(const Port& port, std::string_view type) {
  return TypeOf(*Maker(port).get_node()) == type;
}

// Which of the outputs.
Result<std::size_t> ChooseScores(const ov::Model& model, int batch) {
  std::vector<std::size_t> candidates, with_softmax;
  for (std::size_t i = 0; i < model.get_results().size(); ++i) {
    const Port port = model.get_results()[i]->input_value(0);
    const int classes = ClassesOf(port, batch);
    if (classes < 2 && !(classes == 1 && EndsIn(port, "Sigmoid"))) continue;
    candidates.push_back(i);
    if (EndsIn(port, "Softmax") || classes == 1) with_softmax.push_back(i);
  }
  if (candidates.size() == 1) return candidates[0];
  if (with_softmax.size() == 1) return with_softmax[0];
  if (candidates.empty()) {
    return Error{Code::kInvalidArgument,
                 "no output holds class scores, that is [-1, classes] with 2 to " +
                     std::to_string(kClassesMax) + " classes or one sigmoid; the model returns " +
                     DescribeAll(model.outputs()) +
                     "; export the classifier with its scores as the output"};
  }
  return Error{Code::kInvalidArgument,
               "several outputs could be the class scores: " + DescribeAll(model.outputs()) +
                   "; export a signature that returns the scores alone"};
}

const ov::Model* Body(const ov::Node& node, std::size_t index) {
  const auto* within = dynamic_cast<const ov::op::util::MultiSubGraphOp*>(&node);
  if (within == nullptr || index >= within->get_internal_subgraphs_size()) return nullptr;
  return within->get_function(index).get();
}

std::int64_t ActivationBytes(const ov::Model& model) {
  std::size_t bytes = 0;
  for (const auto& node : model.get_ops()) {
    if (TypeOf(*node) == "Constant" || TypeOf(*node) == "Result") continue;
    for (const auto& port : node->outputs()) {
      if (port.get_partial_shape().is_dynamic()) continue;
      bytes += ov::shape_size(port.get_shape()) * port.get_element_type().size();
    }
  }
  return static_cast<std::int64_t>(bytes);
}

}  // namespace

Result<Picture> FindPicture(const ov::Model& model) {
  const auto inputs = model.inputs();
  if (inputs.size() != 1) {
    return Error{Code::kInvalidArgument,
                 "the model has " + std::to_string(inputs.size()) + " inputs (" +
                     DescribeAll(inputs) +
                     "); the limit is one, the picture: export a signature that takes only it"};
  }
  const auto refuse = [&inputs](const std::string& why) {
    return Error{Code::kInvalidArgument,
                 "the input " + Describe(inputs[0]) + " is not a picture: " + why +
                     "; wanted is [-1, height, width] or [-1, height, width, channels] with 1 or "
                     "3 channels and fixed sides of 4 px or more: export the model with such an "
                     "input"};
  };
  const ov::PartialShape& shape = inputs[0].get_partial_shape();
  if (shape.rank().is_dynamic()) return refuse("its rank is not fixed");
  if (shape.size() != 3 && shape.size() != 4)
    return refuse("it has " + std::to_string(shape.size()) + " axes");
  const auto is_channels = [](const ov::Dimension& side) { return side == 1 || side == 3; };
  const ov::element::Type type = inputs[0].get_element_type();
  Picture picture;
  picture.spec.name = NameOf(inputs[0]);
  picture.spec.channel_axis = shape.size() == 4;
  picture.spec.element = type.is_real() ? image::ElementType::kFloat32 : image::ElementType::kUint8;
  if (!type.is_real() && !type.is_integral_number()) return refuse("its values are not numbers");
  std::ptrdiff_t row_axis = 1;
  picture.spec.channels = 1;
  if (picture.spec.channel_axis) {
    const bool last = is_channels(shape[3]);
    if (!last && !is_channels(shape[1]))
      return refuse("neither its last nor its second axis is 1 or 3 channels");
    picture.spec.layout = last ? image::Layout::kNhwc : image::Layout::kNchw;
    picture.spec.channels = static_cast<int>(shape[last ? 3 : 1].get_length());
    row_axis = last ? 1 : 2;
  }
  const ov::Dimension& height = shape[row_axis];
  const ov::Dimension& width = shape[row_axis + 1];
  if (height.is_dynamic() || width.is_dynamic()) return refuse("its sides are not fixed");
  constexpr std::int64_t kSideMax = 1 << 15;
  if (std::min(height.get_length(), width.get_length()) < kPictureSideMin ||
      std::max(height.get_length(), width.get_length()) > kSideMax) {
    return refuse("its sides are out of range");
  }
  picture.spec.height = static_cast<int>(height.get_length());
  picture.spec.width = static_cast<int>(width.get_length());
  if (shape[0].is_static()) picture.fixed_batch = static_cast<int>(shape[0].get_length());
  return picture;
}

Result<Head> FindHead(const ov::Model& model, int batch) {
  const Result<std::size_t> scores_at = ChooseScores(model, batch);
  if (!scores_at.ok()) return scores_at.error();
  const Port scores = model.get_results()[*scores_at]->input_value(0);
  Head head;
  head.scores = scores;
  head.scores_at = *scores_at;
  head.logits = scores;
  head.classes = ClassesOf(scores, batch);
  const Port maker = Maker(scores);
  if (EndsIn(maker, "Sigmoid")) {
    if (head.classes > 1) {
      return Error{Code::kInvalidArgument,
                   "the output " + Describe(scores) + " is " + std::to_string(head.classes) +
                       " independent sigmoids, not scores of one class against the others; "
                       "export a model that ends in a softmax"};
    }
    head.logit_source = LogitSource::kSigmoid;
    head.classes = 2;
    head.logits = maker.get_node()->input_value(0);
  } else if (EndsIn(maker, "Softmax") || EndsIn(maker, "LogSoftmax")) {
    head.logit_source = LogitSource::kTap;
    head.logits = maker.get_node()->input_value(0);
  }
  const Constness constness(model);
  head.features = FindFeatures(head.logits, batch, constness);
  if (head.features) {
    head.feature_name = NameOf(*head.features);
    head.feature_size = static_cast<int>(ov::shape_size(head.features->get_shape())) / batch;
  }
  return head;
}

bool HasRandomOp(const ov::Model& model) {
  static constexpr std::array<std::string_view, 2> kTypes = {"RandomUniform", "Multinomial"};
  for (const auto& node : model.get_ops()) {
    if (IsOneOf(*node, kTypes)) return true;
    for (std::size_t i = 0; const ov::Model* body = Body(*node, i); ++i) {
      if (HasRandomOp(*body)) return true;
    }
  }
  return false;
}

std::int64_t CountParameters(const ov::Model& model) {
  std::size_t count = 0;
  for (const auto& node : model.get_ops()) {
    if (TypeOf(*node) == "Constant" && node->get_element_type().is_real()) {
      const std::size_t size = ov::shape_size(node->get_shape());
      if (size > 1) count += size;  // a lone value is a setting of an operation
    }
    for (std::size_t i = 0; const ov::Model* body = Body(*node, i); ++i) {
      count += static_cast<std::size_t>(CountParameters(*body));
    }
  }
  return static_cast<std::int64_t>(count);
}

std::vector<int> BatchSizes(const ov::Model& model, int fixed_batch, int batch_min, int batch_max,
                            std::int64_t bytes_max) {
  if (fixed_batch > 0) return {fixed_batch};
  batch_max = std::max(batch_max, batch_min);
  const std::int64_t weights = CountParameters(model) * std::int64_t{sizeof(float)};
  const std::int64_t activations = ActivationBytes(model);
  std::vector<int> sizes = {1};
  std::int64_t bytes = weights + activations;
  for (int size = 2; size / 2 < batch_max; size *= 2) {
    const int batch = std::min(size, batch_max);
    bytes += weights + activations * batch;
    if (bytes > bytes_max && sizes.back() >= batch_min) break;
    sizes.push_back(batch);
  }
  return sizes;
}

void SetBatch(ov::Model& model, int batch) {
  ov::PartialShape shape = model.input().get_partial_shape();
  shape[0] = batch;
  model.reshape(shape);
}

}  // namespace credence::model
