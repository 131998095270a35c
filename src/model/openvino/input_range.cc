#include "model/openvino/input_range.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string_view>
#include <vector>

#include <openvino/op/constant.hpp>

#include "model/openvino/graph.h"

namespace credence::model {
namespace {

using Port = ov::Output<ov::Node>;

constexpr int kStepsMax = 24;                 // operations that are looked at
constexpr std::size_t kChannelValuesMax = 4;  // of a constant that shifts or scales

// Span of values that networks work with: from 0..1 to a standardised picture's.
constexpr double kSpanMin = 0.9;
constexpr double kSpanMax = 12;
constexpr double kByteMeanMin = 16;  // a mean that is subtracted without scaling: of levels

const image::ValueRange& Unit() {
  static const image::ValueRange range = image::MakeRange("0..1", 0, 1);
  return range;
}
const image::ValueRange& Levels() {
  static const image::ValueRange range = image::MakeRange("0..255", 0, 255);
  return range;
}
const image::ValueRange& Signed() {
  static const image::ValueRange range = image::MakeRange("-1..1", -1, 1);
  return range;
}

// y = scale x + offset, channel by channel; one element: of all channels.
struct Affine {
  std::vector<double> scale = {1}, offset = {0};

  void Resize(std::size_t channels) {
    if (scale.size() == 1) scale.resize(channels, scale[0]);
    if (offset.size() == 1) offset.resize(channels, offset[0]);
  }
};

// The values of what does not depend on the input, if they are few; else empty.
std::vector<double> FewValues(const Port& port) {
  if (port.get_partial_shape().is_dynamic()) return {};
  if (ov::shape_size(port.get_shape()) > kChannelValuesMax) return {};
  ov::TensorVector values = {ov::Tensor(port.get_element_type(), port.get_shape())};
  // A model of its own, which ends in a Result: it is gone before the graph is used again.
  const auto constant = std::make_shared<ov::Model>(ov::OutputVector{port}, ov::ParameterVector{});
  if (!constant->get_parameters().empty() || !constant->evaluate(values, {})) return {};
  const ov::op::v0::Constant read(values[0]);
  return read.cast_vector<double>();
}

// Whether `port` is fed by constants alone.
bool IsConstant(const Port& port, int depth = 0) {
  const ov::Node& node = *port.get_node();
  if (TypeOf(node) == "Constant") return true;
  if (node.get_input_size() == 0 || depth > 8) return false;
  return std::ranges::all_of(node.input_values(),
                             [depth](const Port& source) { return IsConstant(source, depth + 1); });
}

// The one operation that uses the values of `port`; nullptr: several do, or none.
std::shared_ptr<ov::Node> OnlyUser(const Port& port) {
  std::shared_ptr<ov::Node> user;
  for (const auto& input : port.get_target_inputs()) {
    std::shared_ptr<ov::Node> node = input.get_node()->shared_from_this();
    if (TypeOf(*node) == "ShapeOf" || node == user) continue;
    if (user) return nullptr;
    user = std::move(node);
  }
  return user;
}

// Adds y = node(constant, x) to `affine`. False: it is none of the operations that are known.
bool Apply(const ov::Node& node, const Port& from, Affine& affine) {
  if (node.get_input_size() != 2) return false;
  const bool first = node.input_value(0) == from;
  const Port other = node.input_value(first ? 1 : 0);
  if (other == from || !IsConstant(other)) return false;
  const std::vector<double> values = FewValues(other);
  if (values.empty()) return false;
  const std::size_t channels = std::max(values.size(), affine.scale.size());
  if (values.size() != 1 && values.size() != channels) return false;
  if (affine.scale.size() != 1 && affine.scale.size() != channels) return false;
  affine.Resize(channels);
  const std::string_view type = TypeOf(node);
  for (std::size_t c = 0; c < channels; ++c) {
    const double value = values[values.size() == 1 ? 0 : c];
    double& scale = affine.scale[c];
    double& offset = affine.offset[c];
    if (type == "Add") {
      offset += value;
    } else if (type == "Subtract") {
      offset = first ? offset - value : value - offset;
      if (!first) scale = -scale;
    } else if (type == "Multiply" || (type == "Divide" && first && value != 0)) {
      const double factor = type == "Multiply" ? value : 1 / value;
      scale *= factor, offset *= factor;
    } else {
      return false;
    }
  }
  return true;
}

std::optional<image::ValueRange> RangeOf(const Affine& affine) {
  std::optional<image::ValueRange> range;
  for (std::size_t c = 0; c < affine.scale.size(); ++c) {
    const auto one = RangeOfAffine(affine.scale[c], affine.offset[c]);
    if (!one || (range && *range != *one)) return std::nullopt;
    range = one;
  }
  return range;
}

// The range that a quantisation of the input itself covers.
std::optional<image::ValueRange> RangeOfQuantisation(const ov::Node& node) {
  if (node.get_input_size() != 5 || !IsConstant(node.input_value(1)) ||
      !IsConstant(node.input_value(2))) {
    return std::nullopt;
  }
  const std::vector<double> low = FewValues(node.input_value(1));
  const std::vector<double> high = FewValues(node.input_value(2));
  if (low.size() != 1 || high.size() != 1) return std::nullopt;
  constexpr double kRounding = 0.02;  // share of the span by which the ends are rounded
  for (const image::ValueRange* range : {&Unit(), &Levels(), &Signed()}) {
    const auto black = static_cast<double>(range->offset[0]);
    const double span = 255 * static_cast<double>(range->scale[0]);
    if (std::abs(low[0] - black) <= kRounding * span &&
        std::abs(high[0] - black - span) <= kRounding * span) {
      return *range;
    }
  }
  return std::nullopt;
}

bool IsTransparent(std::string_view type) {
  static constexpr std::array<std::string_view, 6> kTypes = {
      "Convert", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Interpolate"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

// Of an int8 input: its lowest value is black if the graph makes a zero of it.
std::optional<image::ValueRange> RangeOfInt8(const Affine& affine) {
  const double black = affine.offset[0] - 128 * affine.scale[0];
  if (std::abs(black) <= std::abs(affine.scale[0])) return image::MakeRange("-128..127", -128, 127);
  return std::nullopt;
}

}  // namespace

std::optional<image::ValueRange> RangeOfAffine(double scale, double offset) {
  const auto near = [](double a, double b) { return std::abs(a - b) <= 0.02 * std::abs(b); };
  const bool untouched = std::abs(offset) < 1e-6;
  if (untouched && near(scale, 255)) return Unit();  // to levels
  if (near(scale, 1) && offset <= -kByteMeanMin) return Levels();
  const auto fits = [&](double low, double high) {
    const double a = scale * low + offset, b = scale * high + offset;
    const double span = std::abs(b - a);
    const double slack = 0.05 * span;
    return span >= kSpanMin && span <= kSpanMax && std::min(a, b) <= slack &&
           std::max(a, b) >= -slack;
  };
  if (fits(0, 255)) return Levels();
  if (untouched) return std::nullopt;   // as it comes, or a mere gain
  const double mean = -offset / scale;  // of the pictures, as it was subtracted
  if (mean > 0 && fits(0, 1)) return Unit();
  if (mean < 0 && fits(-1, 1)) return Signed();
  return std::nullopt;
}

std::optional<image::ValueRange> ReadInputRange(const ov::Model& model) {
  const std::shared_ptr<ov::Model> graph = model.clone();  // FewValues adds to it
  Port at = graph->input();
  const bool int8 = at.get_element_type() == ov::element::i8;
  if (at.get_element_type().is_integral_number() && !int8) return Levels();
  Affine affine;
  std::optional<image::ValueRange> range;
  for (int step = 0; step < kStepsMax; ++step) {
    const std::shared_ptr<ov::Node> node = OnlyUser(at);
    if (!node || node->get_output_size() != 1) break;
    const std::string_view type = TypeOf(*node);
    const bool plain = affine.scale.size() == 1 && affine.scale[0] == 1 && affine.offset[0] == 0;
    if (type == "FakeQuantize") return plain ? RangeOfQuantisation(*node) : range;
    const ov::element::Type to = node->get_output_element_type(0);
    if (type == "Convert" && plain && to.is_integral_number()) {
      return to == ov::element::i8 ? std::nullopt : std::optional(Levels());
    }
    if (!IsTransparent(type)) {
      if (!Apply(*node, at, affine)) break;
      const auto found = int8 ? RangeOfInt8(affine) : RangeOf(affine);
      if (found) range = found;
    }
    at = node->output(0);
  }
  return range;
}

}  // namespace credence::model
