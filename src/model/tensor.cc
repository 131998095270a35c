#include "model/tensor.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace credence::model {
namespace {

std::string ShapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t side : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(side);
  }
  return text + "]";
}

// IEEE 754 half precision to single: sign, 5 bits of exponent, 10 of fraction.
float FromHalf(std::uint16_t half) {
  const float sign = (half & 0x8000) != 0 ? -1.0f : 1.0f;
  const int exponent = (half >> 10) & 31, fraction = half & 1023;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  if (exponent == 31) {
    return fraction != 0 ? std::numeric_limits<float>::quiet_NaN()
                         : sign * std::numeric_limits<float>::infinity();
  }
  return sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

// To the nearest half, ties to even; too large a value becomes infinity.
std::uint16_t ToHalf(float value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  if (std::isnan(value)) return 0x7E00;
  const float size = std::abs(value);
  if (size == 0) return sign;
  if (size >= 65520) return static_cast<std::uint16_t>(sign | 0x7C00);
  int exponent = 0;
  std::frexp(size, &exponent);
  const int unit = std::max(exponent - 11, -24);  // of the last place
  const auto places = static_cast<int>(std::nearbyint(std::ldexp(size, -unit)));
  // The exponent field counts up by itself when rounding carries.
  return static_cast<std::uint16_t>(sign | (places + (unit + 24) * 1024));
}

std::uint16_t ToBfloat(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return 0x7FC0;
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

template <class T>
void AppendBytes(T value, std::vector<std::byte>& out) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&value);
  out.insert(out.end(), bytes, bytes + sizeof value);
}

}  // namespace

std::string_view TypeName(DataType type) {
  constexpr std::array<std::string_view, 13> kNames = {
      "bool",  "uint8", "uint16",  "uint32",   "uint64",  "int8",   "int16",
      "int32", "int64", "float16", "bfloat16", "float32", "float64"};
  return kNames[static_cast<std::size_t>(type)];
}

std::size_t ElementBytes(DataType type) {
  return VisitType(type, [](auto* element) { return sizeof *element; });
}

std::string Describe(const TensorSpec& spec) {
  return std::string(TypeName(spec.type)) + " " +
         (spec.any_rank ? "of any shape" : ShapeText(spec.shape));
}

std::string Describe(const Tensor& tensor) {
  return std::string(TypeName(tensor.type)) + " " + ShapeText(tensor.shape);
}

std::int64_t Tensor::elements() const {
  constexpr std::int64_t kMax = std::int64_t{1} << 40;
  std::int64_t product = 1;
  for (const std::int64_t side : shape) {
    if (side < 0 || (side > 0 && product > kMax / side)) return -1;
    product *= side;
  }
  return product;
}

Result<void> CheckLength(const Tensor& tensor) {
  const std::int64_t elements = tensor.elements();
  if (elements < 0) {
    return Error{Code::kInvalidArgument,
                 "input \"" + tensor.name + "\" cannot have the shape " + Describe(tensor)};
  }
  const std::size_t bytes = static_cast<std::size_t>(elements) * ElementBytes(tensor.type);
  if (tensor.data.size() == bytes) return {};
  return Error{Code::kInvalidArgument, "input \"" + tensor.name + "\" has " +
                                           std::to_string(tensor.data.size()) + " bytes; " +
                                           Describe(tensor) + " has " + std::to_string(bytes)};
}

Result<void> CheckFits(const Tensor& tensor, const TensorSpec& spec) {
  bool fits = tensor.type == spec.type;
  if (!spec.any_rank) {
    fits = fits && tensor.shape.size() == spec.shape.size();
    for (std::size_t i = 0; fits && i < spec.shape.size(); ++i) {
      fits = spec.shape[i] < 0 || spec.shape[i] == tensor.shape[i];
    }
  }
  if (!fits) {
    return Error{Code::kInvalidArgument, "input \"" + spec.name + "\" is " + Describe(tensor) +
                                             "; the model takes " + Describe(spec)};
  }
  return CheckLength(tensor);
}

double ValueAt(const Tensor& tensor, std::size_t i) {
  return VisitType(tensor.type, [&](auto* type) {
    std::remove_pointer_t<decltype(type)> value;
    std::memcpy(&value, tensor.data.data() + i * sizeof value, sizeof value);
    if constexpr (std::is_same_v<decltype(value), std::uint16_t>) {
      if (tensor.type == DataType::kFloat16) return static_cast<double>(FromHalf(value));
      if (tensor.type == DataType::kBfloat16) {
        return static_cast<double>(std::bit_cast<float>(std::uint32_t{value} << 16));
      }
    }
    return static_cast<double>(value);
  });
}

bool AppendValue(double value, Tensor& tensor) {
  return VisitType(tensor.type, [&](auto* type) {
    using Element = std::remove_pointer_t<decltype(type)>;
    if (tensor.type == DataType::kFloat16) {
      AppendBytes(ToHalf(static_cast<float>(value)), tensor.data);
    } else if (tensor.type == DataType::kBfloat16) {
      AppendBytes(ToBfloat(static_cast<float>(value)), tensor.data);
    } else if constexpr (std::is_floating_point_v<Element>) {
      AppendBytes(static_cast<Element>(value), tensor.data);
    } else {
      constexpr double kEnd = 18446744073709551616.0;  // 2^64: no integer type reaches it
      if (!(value > -kEnd && value < kEnd) || value != std::trunc(value)) return false;
      if (value < static_cast<double>(std::numeric_limits<Element>::min())) return false;
      // The largest 64-bit values are no doubles: their neighbour above would overflow.
      if (value >= static_cast<double>(std::numeric_limits<Element>::max()) + 1) return false;
      if (tensor.type == DataType::kBool && value > 1) return false;
      AppendBytes(static_cast<Element>(value), tensor.data);
    }
    return true;
  });
}

}  // namespace credence::model
