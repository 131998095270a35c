// Tensors as models take and give them: named, typed, shaped. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::model {

enum class DataType {
  kBool,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFloat16,
  kBfloat16,
  kFloat32,
  kFloat64,
};

// "bool", "uint8", …, "float64"; "bfloat16".
std::string_view TypeName(DataType type);
std::size_t ElementBytes(DataType type);

struct TensorSpec {
  std::string name;  // as the signature names it
  DataType type = DataType::kFloat32;
  std::vector<std::int64_t> shape;  // -1: any length
  bool any_rank = false;            // then `shape` is empty
};

// "float32 [-1, 28, 28]".
std::string Describe(const TensorSpec& spec);

// A tensor with its values; row-major, little-endian.
struct Tensor {
  std::string name;
  DataType type = DataType::kFloat32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> data;

  // The product of `shape`; -1 for a negative side, or when it is over 2^40.
  std::int64_t elements() const;
};

// "float32 [1, 28, 28]".
std::string Describe(const Tensor& tensor);

// Errors: kInvalidArgument - the data has another length than type and shape say.
Result<void> CheckLength(const Tensor& tensor);

// Errors: kInvalidArgument - another type or shape, or data of another length: expected and got.
Result<void> CheckFits(const Tensor& tensor, const TensorSpec& spec);

// Calls `visit` with a null pointer of the C++ type of the elements; kFloat16 and kBfloat16, which
// have none, as std::uint16_t.
template <class Visit>
auto VisitType(DataType type, const Visit& visit) {
  switch (type) {
    case DataType::kBool:
    case DataType::kUint8:
      return visit(static_cast<std::uint8_t*>(nullptr));
    case DataType::kUint16:
    case DataType::kFloat16:
    case DataType::kBfloat16:
      return visit(static_cast<std::uint16_t*>(nullptr));
    case DataType::kUint32:
      return visit(static_cast<std::uint32_t*>(nullptr));
    case DataType::kUint64:
      return visit(static_cast<std::uint64_t*>(nullptr));
    case DataType::kInt8:
      return visit(static_cast<std::int8_t*>(nullptr));
    case DataType::kInt16:
      return visit(static_cast<std::int16_t*>(nullptr));
    case DataType::kInt32:
      return visit(static_cast<std::int32_t*>(nullptr));
    case DataType::kInt64:
      return visit(static_cast<std::int64_t*>(nullptr));
    case DataType::kFloat32:
      return visit(static_cast<float*>(nullptr));
    case DataType::kFloat64:
      break;
  }
  return visit(static_cast<double*>(nullptr));
}

// Element `i` as a double; 64-bit integers above 2^53 are rounded.
// REQUIRES: 0 <= i < elements().
double ValueAt(const Tensor& tensor, std::size_t i);

// Appends `value` to the data as the tensor's type; false, and nothing is appended, if the type
// cannot hold it exactly (rounding of a float to a shorter one is exact enough).
bool AppendValue(double value, Tensor& tensor);

}  // namespace credence::model
