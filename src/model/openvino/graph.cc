#include "model/openvino/graph.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <unordered_set>

#include <openvino/op/constant.hpp>
#include <openvino/op/util/multi_subgraph_base.hpp>

#include "model/openvino/port_text.h"

namespace credence::model {
namespace {

using Port = ov::Output<ov::Node>;

constexpr std::size_t kWeightElementsMin = 17;  // fewer: a scaling constant, not a trained weight

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

// What a quantisation that ends in `port` was done to: it rounds values and changes them back.
std::optional<Port> BeforeQuantisation(Port port) {
  static constexpr std::array<std::string_view, 3> kBack = {"Convert", "Subtract", "Multiply"};
  constexpr int kStepsMax = 5;
  for (int step = 0; step < kStepsMax && IsOneOf(*port.get_node(), kBack); ++step) {
    port = port.get_node()->input_value(0);
  }
  if (TypeOf(*port.get_node()) != "FakeQuantize") return std::nullopt;
  return port.get_node()->input_value(0);
}

// The op that made the values of `port`, seen through changes of shape and type and rounding.
Port Maker(Port port) {
  while (true) {
    const std::optional<Port> exact = BeforeQuantisation(port);
    if (!exact && !IsTransparent(*port.get_node())) return port;
    port = exact ? *exact : port.get_node()->input_value(0);
  }
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

// What the operation that makes the scores says of them.
std::optional<ScoreKind> KindByOperation(const Port& scores, int classes) {
  if (EndsIn(scores, "Softmax")) return ScoreKind::kProbabilities;
  if (EndsIn(scores, "LogSoftmax")) return ScoreKind::kLogProbabilities;
  if (!EndsIn(scores, "Sigmoid")) return std::nullopt;
  return classes == 1 ? ScoreKind::kProbabilities : ScoreKind::kSigmoids;
}

// Which of the outputs. `lone_value`: one value without a sigmoid may be the score.
Result<std::size_t> ChooseScores(const ov::Model& model, int batch, bool lone_value) {
  std::vector<std::size_t> candidates, with_softmax;
  bool any_lone_value = false;
  for (std::size_t i = 0; i < model.get_results().size(); ++i) {
    const Port port = model.get_results()[i]->input_value(0);
    const int classes = ClassesOf(port, batch);
    const bool unsaid = classes == 1 && !EndsIn(port, "Sigmoid");
    any_lone_value = any_lone_value || unsaid;
    if (classes < 1 || (unsaid && !lone_value)) continue;
    candidates.push_back(i);
    const auto kind = KindByOperation(port, classes);
    if (kind && *kind != ScoreKind::kSigmoids) with_softmax.push_back(i);
  }
  if (candidates.size() == 1) return candidates[0];
  if (with_softmax.size() == 1) return with_softmax[0];
  if (candidates.empty()) {
    return Error{
        Code::kInvalidArgument,
        "no output holds class scores, that is [-1, classes] with 2 to " +
            std::to_string(kClassesMax) + " classes or one sigmoid; the model returns " +
            DescribeAll(model.outputs()) +
            (any_lone_value
                 ? "; if its one value tells two classes apart, say what it is by --scores "
                   "logits or --scores probabilities"
                 : "; export the classifier with its scores as the output")};
  }
  return Error{Code::kInvalidArgument,
               "several outputs could be the class scores: " + DescribeAll(model.outputs()) +
                   "; export a signature that returns the scores alone"};
}

// Whether the scores can be what a user says that they are. Of one value only the first two are
// possible, and its sigmoid is a probability.
Result<void> CheckGiven(const Head& head, std::optional<ScoreKind> given) {
  if (!given) return {};
  const std::string named = "--scores says " + std::string(ScoreKindName(*given)) +
                            ", but the output " + Describe(head.scores);
  if (head.score_kind && *given != *head.score_kind) {
    return Error{Code::kInvalidArgument,
                 named + " ends in a " + std::string(TypeOf(*Maker(head.scores).get_node())) +
                     ": it holds " + std::string(ScoreKindName(*head.score_kind))};
  }
  if (head.classes > 1 || *given == ScoreKind::kProbabilities || *given == ScoreKind::kLogits) {
    return {};
  }
  return Error{Code::kInvalidArgument,
               named + " is one value, which can be logits or probabilities"};
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

Result<Head> FindHead(const ov::Model& model, int batch, std::optional<ScoreKind> given) {
  const Result<std::size_t> scores_at = ChooseScores(model, batch, given.has_value());
  if (!scores_at.ok()) return scores_at.error();
  const Port scores = model.get_results()[*scores_at]->input_value(0);
  Head head;
  head.scores = scores;
  head.scores_at = *scores_at;
  head.logits = scores;
  head.classes = ClassesOf(scores, batch);
  head.score_kind = KindByOperation(scores, head.classes);
  if (auto fits = CheckGiven(head, given); !fits) return fits.error();
  if (head.score_kind) {
    head.logit_source = LogitSource::kTap;
    head.logits = Maker(scores).get_node()->input_value(0);
  } else {
    head.score_kind = given;
  }
  if (head.classes == 1) {
    head.logit_source = LogitSource::kSigmoid;
    head.classes = 2;
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
