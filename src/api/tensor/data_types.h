// What the protocols call the element types. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "model/tensor.h"

namespace credence::api::tensor {

// Of texts, which no model::DataType stands for.
inline constexpr std::string_view kBytesName = "BYTES";  // KServe
inline constexpr int kStringNumber = 7;                  // TensorFlow's DT_STRING

// KServe's datatype: "FP32", "BOOL", …
std::string_view KserveName(model::DataType type);
std::optional<model::DataType> FromKserveName(std::string_view name);  // nullopt: also for BYTES

// The same in a model's configuration: "TYPE_FP32".
std::string_view ConfigName(model::DataType type);

// TensorFlow's DataType number: 1 float, 2 double, …; and its name in messages: "float", "half".
int TensorFlowNumber(model::DataType type);
std::optional<model::DataType> FromTensorFlowNumber(int number);  // nullopt: also for DT_STRING
std::string_view TensorFlowWord(model::DataType type);

}  // namespace credence::api::tensor
