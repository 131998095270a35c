#include "train/net_spec.h"

namespace credence::train {
namespace {

constexpr int kClassesMax = 1000;
constexpr int kUnitsMax = 4096;

std::string Size(const Shape& shape) {
  return std::to_string(shape.height) + "x" + std::to_string(shape.width);
}

std::string Name(const Layer& layer) {
  if (const auto* conv = std::get_if<Conv>(&layer)) {
    const std::string kernel = std::to_string(conv->kernel);
    return "conv " + std::to_string(conv->filters) + " " + kernel + "x" + kernel;
  }
  if (const auto* dense = std::get_if<Dense>(&layer)) {
    return "dense " + std::to_string(dense->units);
  }
  return "pool";
}

Error Refuse(const Layer& layer, const std::string& why) {
  return Error{Code::kInvalidArgument, "layer \"" + Name(layer) + "\" " + why};
}

Result<Shape> Through(const Conv& conv, const Shape& in) {
  if (conv.filters < 1 || conv.filters > kUnitsMax || conv.kernel < 1 || conv.kernel % 2 == 0) {
    return Refuse(conv, "needs 1.." + std::to_string(kUnitsMax) + " filters and an odd kernel");
  }
  if (conv.padding == Padding::kSame) return Shape{in.height, in.width, conv.filters};
  if (in.height < conv.kernel || in.width < conv.kernel) {
    return Refuse(conv, "meets a map of " + Size(in) + " px; the kernel is larger");
  }
  return Shape{in.height - conv.kernel + 1, in.width - conv.kernel + 1, conv.filters};
}

}  // namespace

Result<std::vector<Shape>> Shapes(const NetSpec& spec) {
  if (spec.classes < 2 || spec.classes > kClassesMax) {
    return Error{Code::kInvalidArgument, "there are " + std::to_string(spec.classes) +
                                             " classes; 2.." + std::to_string(kClassesMax) +
                                             " can be trained"};
  }
  if (spec.input.height < 1 || spec.input.width < 1 ||
      (spec.input.channels != 1 && spec.input.channels != 3)) {
    return Error{Code::kInvalidArgument, "pictures of " + Size(spec.input) + " px and " +
                                             std::to_string(spec.input.channels) +
                                             " channels; 1 (grey) or 3 (colour) can be trained"};
  }
  std::vector<Shape> shapes;
  Shape at = spec.input;
  bool flat = false;
  for (const Layer& layer : spec.layers) {
    if (flat && !std::holds_alternative<Dense>(layer)) return Refuse(layer, "comes after a dense");
    if (const auto* conv = std::get_if<Conv>(&layer)) {
      auto next = Through(*conv, at);
      if (!next) return next.error();
      at = *next;
    } else if (const auto* dense = std::get_if<Dense>(&layer)) {
      if (dense->units < 1 || dense->units > kUnitsMax) {
        return Refuse(layer, "needs 1.." + std::to_string(kUnitsMax) + " units");
      }
      at = {1, 1, dense->units};
      flat = true;
    } else {
      if (at.height < 2 || at.width < 2) {
        return Refuse(layer, "meets a map of " + Size(at) + " px; it needs 2x2");
      }
      at = {at.height / 2, at.width / 2, at.channels};
    }
    shapes.push_back(at);
  }
  return shapes;
}

std::int64_t CountParameters(const NetSpec& spec) {
  const std::vector<Shape> shapes = *Shapes(spec);
  std::int64_t count = 0;
  Shape in = spec.input;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (const auto* conv = std::get_if<Conv>(&spec.layers[i])) {
      const std::int64_t inputs = std::int64_t{conv->kernel} * conv->kernel * in.channels;
      count += (inputs + (conv->batch_norm ? 3 : 1)) * conv->filters;
    } else if (const auto* dense = std::get_if<Dense>(&spec.layers[i])) {
      count += (in.size() + (dense->batch_norm ? 3 : 1)) * dense->units;
    }
    in = shapes[i];
  }
  return count + (in.size() + 1) * spec.classes;
}

std::string Describe(const NetSpec& spec) {
  std::string text;
  for (const Layer& layer : spec.layers) text += Name(layer) + ", ";
  return text + "dense " + std::to_string(spec.classes);
}

}  // namespace credence::train
