#include "api/tensor/json_values.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "api/tensor/data_types.h"
#include "base/json_writer.h"

namespace credence::api::tensor {
namespace {

using model::DataType;

constexpr std::size_t kQuotedMax = 256;
constexpr std::size_t kTokenMax = 32;  // of a number

template <class T>
T Load(const model::Tensor& tensor, std::size_t i) {
  T value;
  std::memcpy(&value, tensor.data.data() + i * sizeof value, sizeof value);
  return value;
}

// float or double.
template <class T>
void AppendFloat(T value, std::string& out) {
  if (std::isnan(value)) {
    out.append("NaN");
    return;
  }
  if (std::isinf(value)) {
    out.append(value > 0 ? "Infinity" : "-Infinity");
    return;
  }
  char token[kTokenMax];
  char* const end = std::to_chars(token, token + kTokenMax, value).ptr;
  const std::string_view text(token, static_cast<std::size_t>(end - token));
  out.append(text);
  if (text.find_first_of(".e") == text.npos) out.append(".0");
}

template <class T>
void AppendWhole(T value, std::string& out) {
  char token[kTokenMax];
  out.append(token, std::to_chars(token, token + kTokenMax, value).ptr);
}

template <class T>
void Append(const model::Tensor& tensor, std::size_t i, std::string& out) {
  if constexpr (std::is_floating_point_v<T>) {
    AppendFloat(Load<T>(tensor, i), out);
  } else if (tensor.type == DataType::kBool) {
    out.append(Load<T>(tensor, i) != 0 ? "true" : "false");
  } else if (tensor.type == DataType::kFloat16 || tensor.type == DataType::kBfloat16) {
    AppendFloat(static_cast<float>(model::ValueAt(tensor, i)), out);
  } else {
    AppendWhole(Load<T>(tensor, i), out);
  }
}

template <class T>
void AppendBytes(T value, std::vector<std::byte>& out) {
  const std::size_t size = out.size();
  out.resize(size + sizeof value);
  std::memcpy(out.data() + size, &value, sizeof value);
}

Error Unexpected(const JsonReader& before, DataType type) {
  return {Code::kInvalidArgument,
          QuoteNext(before) + " is not of expected type: " + std::string(TensorFlowWord(type))};
}

// False: the type does not have the number.
template <class T>
bool AppendWholeNumber(const JsonNumber& number, std::vector<std::byte>& data) {
  if (!number.exact) return false;
  if (!number.negative) {
    if (!std::in_range<T>(number.magnitude)) return false;
    AppendBytes(static_cast<T>(number.magnitude), data);
    return true;
  }
  constexpr std::uint64_t kLowest = std::uint64_t{1} << 63;
  if (number.magnitude > kLowest) return false;
  const auto value = static_cast<std::int64_t>(0 - number.magnitude);
  if (!std::in_range<T>(value)) return false;
  AppendBytes(static_cast<T>(value), data);
  return true;
}

bool AppendNumber(const JsonNumber& number, DataType type, std::vector<std::byte>& data) {
  switch (type) {
    case DataType::kFloat32:
      AppendBytes(static_cast<float>(number.value), data);
      return true;
    case DataType::kFloat64:
      AppendBytes(number.value, data);
      return true;
    case DataType::kFloat16:
    case DataType::kBfloat16: {
      model::Tensor one{.name = {}, .type = type, .shape = {}, .data = {}};
      model::AppendValue(number.value, one);
      data.insert(data.end(), one.data.begin(), one.data.end());
      return true;
    }
    default:
      return model::VisitType(type, [&](auto* element) {
        using T = std::remove_pointer_t<decltype(element)>;
        if constexpr (std::is_integral_v<T>) return AppendWholeNumber<T>(number, data);
        return false;
      });
  }
}

}  // namespace

void AppendElements(const model::Tensor& tensor, std::size_t first, std::size_t count,
                    std::string& out) {
  model::VisitType(tensor.type, [&](auto* element) {
    using T = std::remove_pointer_t<decltype(element)>;
    for (std::size_t i = first; i < first + count; ++i) {
      if (i > first) out.push_back(',');
      Append<T>(tensor, i, out);
    }
  });
}

void AppendNested(const model::Tensor& tensor, std::size_t axis, std::size_t first,
                  std::string& out) {
  if (axis == tensor.shape.size()) return AppendElements(tensor, first, 1, out);
  const auto count = static_cast<std::size_t>(tensor.shape[axis]);
  out.push_back('[');
  if (axis + 1 == tensor.shape.size()) {
    AppendElements(tensor, first, count, out);
  } else {
    std::size_t each = 1;
    for (std::size_t k = axis + 1; k < tensor.shape.size(); ++k) {
      each *= static_cast<std::size_t>(tensor.shape[k]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out.push_back(',');
      AppendNested(tensor, axis + 1, first + i * each, out);
    }
  }
  out.push_back(']');
}

void AppendString(std::string_view text, std::string& out) { JsonWriter(out).String(text); }

std::string QuoteNext(JsonReader json) {
  const JsonKind kind = json.Peek();
  const std::size_t start = json.offset();
  const bool read = json.Skip();
  std::string_view value = json.text().substr(start);
  if (read) value = value.substr(0, json.offset() - start);
  const bool cut = value.size() > kQuotedMax;
  return "JSON Value: " + std::string(value.substr(0, kQuotedMax)) + (cut ? "..." : "") +
         " Type: " + std::string(JsonKindName(kind));
}

Result<void> ReadElement(JsonReader& json, DataType type, std::vector<std::byte>& data) {
  const JsonKind kind = json.Peek();
  const JsonReader before = json;
  if (kind == JsonKind::kNumber && type != DataType::kBool) {
    JsonNumber number;
    if (!json.Number(number)) return json.ParseError();
    if (AppendNumber(number, type, data)) return {};
  } else if ((kind == JsonKind::kTrue || kind == JsonKind::kFalse) && type == DataType::kBool) {
    bool truth = false;
    if (!json.Bool(truth)) return json.ParseError();
    data.push_back(static_cast<std::byte>(truth ? 1 : 0));
    return {};
  } else if (!json.Skip()) {
    return json.ParseError();
  }
  return Unexpected(before, type);
}

}  // namespace credence::api::tensor
