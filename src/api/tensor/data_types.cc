#include "api/tensor/data_types.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace credence::api::tensor {
namespace {

using model::DataType;

struct Names {
  DataType type;
  std::string_view config;  // "TYPE_" and what KServe says
  int number;
  std::string_view word;
};

constexpr std::array<Names, 13> kNames = {{{DataType::kBool, "TYPE_BOOL", 10, "bool"},
                                           {DataType::kUint8, "TYPE_UINT8", 4, "uint8"},
                                           {DataType::kUint16, "TYPE_UINT16", 17, "uint16"},
                                           {DataType::kUint32, "TYPE_UINT32", 22, "uint32"},
                                           {DataType::kUint64, "TYPE_UINT64", 23, "uint64"},
                                           {DataType::kInt8, "TYPE_INT8", 6, "int8"},
                                           {DataType::kInt16, "TYPE_INT16", 5, "int16"},
                                           {DataType::kInt32, "TYPE_INT32", 3, "int32"},
                                           {DataType::kInt64, "TYPE_INT64", 9, "int64"},
                                           {DataType::kFloat16, "TYPE_FP16", 19, "half"},
                                           {DataType::kBfloat16, "TYPE_BF16", 14, "bfloat16"},
                                           {DataType::kFloat32, "TYPE_FP32", 1, "float"},
                                           {DataType::kFloat64, "TYPE_FP64", 2, "double"}}};

constexpr std::size_t kPrefix = 5;  // of "TYPE_"

// The table stands in the order of the enum.
const Names& Of(DataType type) { return kNames[static_cast<std::size_t>(type)]; }

template <class Matches>
std::optional<DataType> Find(const Matches& matches) {
  const auto* const found = std::ranges::find_if(kNames, matches);
  if (found == kNames.end()) return std::nullopt;
  return found->type;
}

}  // namespace

std::string_view KserveName(DataType type) { return Of(type).config.substr(kPrefix); }

std::optional<DataType> FromKserveName(std::string_view name) {
  return Find([name](const Names& one) { return one.config.substr(kPrefix) == name; });
}

std::string_view ConfigName(DataType type) { return Of(type).config; }

int TensorFlowNumber(DataType type) { return Of(type).number; }

std::optional<DataType> FromTensorFlowNumber(int number) {
  return Find([number](const Names& one) { return one.number == number; });
}

std::string_view TensorFlowWord(DataType type) { return Of(type).word; }

}  // namespace credence::api::tensor
