// Inputs and outputs of a graph in words. Pure.
#pragma once

#include <string>

#include <openvino/core/dimension.hpp>
#include <openvino/core/partial_shape.hpp>

namespace credence::model {

template <class Port>
std::string NameOf(const Port& port) {
  return port.get_names().empty() ? port.get_node()->get_friendly_name() : port.get_any_name();
}

// "\"image\" f32 [-1, 28, 28]"
template <class Port>
std::string Describe(const Port& port) {
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

}  // namespace credence::model
