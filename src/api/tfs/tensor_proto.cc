#include "api/tfs/tensor_proto.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "api/tensor/data_types.h"
#include "tensorflow.pb.h"

namespace credence::api::tfs {
namespace {

using model::DataType;
using tensorflow::TensorProto;

constexpr int kProtoAxesMax = 8;

Error Unreadable(std::string_view name, const std::string& why) {
  return {Code::kInvalidArgument,
          "tensor parsing error: " + std::string(name.substr(0, 200)) + ": " + why};
}

// Sets out.shape; returns the number of elements.
Result<std::size_t> ReadShape(std::string_view name, const TensorProto& proto,
                              tensor::SentTensor& out) {
  const auto& shape = proto.tensor_shape();
  if (shape.unknown_rank()) return Unreadable(name, "its shape has no rank");
  if (shape.dim_size() > kProtoAxesMax) {
    return Unreadable(name, "its shape has " + std::to_string(shape.dim_size()) +
                                " axes; the limit is " + std::to_string(kProtoAxesMax));
  }
  constexpr std::int64_t kElementsMax = std::int64_t{1} << 40;
  std::int64_t elements = 1;
  out.shape.clear();
  for (const auto& dim : shape.dim()) {
    if (dim.size() < 0 || (dim.size() > 0 && elements > kElementsMax / dim.size())) {
      return Unreadable(name, "it cannot have a side of " + std::to_string(dim.size()));
    }
    elements *= dim.size();
    out.shape.push_back(dim.size());
  }
  return static_cast<std::size_t>(elements);
}

// Takes the bytes of `missing` elements, which were not sent.
Result<void> Spend(std::string_view name, std::size_t missing, std::size_t each,
                   std::size_t& bytes_left) {
  if (missing > bytes_left / each) {
    return Error{Code::kTooLarge, "tensor " + std::string(name.substr(0, 200)) +
                                      ": its shape asks for " + std::to_string(missing) +
                                      " elements more than were sent; the limit is " +
                                      std::to_string(bytes_left / each)};
  }
  bytes_left -= missing * each;
  return {};
}

// The values of a repeated field as elements of type T.
template <class T, class Field>
Result<void> ReadField(std::string_view name, const Field& field, std::size_t elements,
                       std::size_t& bytes_left, std::vector<std::byte>& out) {
  const std::size_t sent = std::min(elements, static_cast<std::size_t>(field.size()));
  if (auto spent = Spend(name, elements - sent, sizeof(T), bytes_left); !spent) return spent;
  out.resize(elements * sizeof(T));
  std::byte* to = out.data();
  if constexpr (std::is_same_v<T, typename Field::value_type>) {
    if (sent > 0) std::memcpy(to, field.data(), sent * sizeof(T));
  } else {
    for (std::size_t i = 0; i < sent; ++i) {
      const auto value = static_cast<T>(field.data()[i]);
      std::memcpy(to + i * sizeof(T), &value, sizeof(T));
    }
  }
  if (sent == elements) return {};
  const T last = sent == 0 ? T{} : static_cast<T>(field.data()[sent - 1]);
  for (std::size_t i = sent; i < elements; ++i) {
    std::memcpy(to + i * sizeof(T), &last, sizeof(T));
  }
  return {};
}

// int_val holds types that are narrower: a value that they do not have is refused.
template <class T>
Result<void> ReadNarrow(std::string_view name, const TensorProto& proto, std::size_t elements,
                        std::size_t& bytes_left, std::vector<std::byte>& out) {
  for (const std::int32_t value : proto.int_val()) {
    if (!std::in_range<T>(value)) {
      return Unreadable(name, std::to_string(value) + " is no value of its type");
    }
  }
  return ReadField<T>(name, proto.int_val(), elements, bytes_left, out);
}

Result<void> ReadTyped(std::string_view name, const TensorProto& proto, DataType type,
                       std::size_t elements, std::size_t& left, std::vector<std::byte>& out) {
  switch (type) {
    case DataType::kFloat32:
      return ReadField<float>(name, proto.float_val(), elements, left, out);
    case DataType::kFloat64:
      return ReadField<double>(name, proto.double_val(), elements, left, out);
    case DataType::kInt32:
      return ReadField<std::int32_t>(name, proto.int_val(), elements, left, out);
    case DataType::kInt16:
      return ReadNarrow<std::int16_t>(name, proto, elements, left, out);
    case DataType::kInt8:
      return ReadNarrow<std::int8_t>(name, proto, elements, left, out);
    case DataType::kUint16:
      return ReadNarrow<std::uint16_t>(name, proto, elements, left, out);
    case DataType::kUint8:
      return ReadNarrow<std::uint8_t>(name, proto, elements, left, out);
    case DataType::kInt64:
      return ReadField<std::int64_t>(name, proto.int64_val(), elements, left, out);
    case DataType::kUint32:
      return ReadField<std::uint32_t>(name, proto.uint32_val(), elements, left, out);
    case DataType::kUint64:
      return ReadField<std::uint64_t>(name, proto.uint64_val(), elements, left, out);
    case DataType::kBool:
      return ReadField<std::uint8_t>(name, proto.bool_val(), elements, left, out);
    case DataType::kFloat16:
    case DataType::kBfloat16:
      return ReadField<std::uint16_t>(name, proto.half_val(), elements, left, out);
  }
  return Unreadable(name, "its type is not known");
}

Result<void> ReadTexts(std::string_view name, const TensorProto& proto, std::size_t elements,
                       std::size_t& left, tensor::SentTensor& out) {
  out.text = true;
  out.texts.clear();
  if (!proto.tensor_content().empty()) {
    return Unreadable(name, "texts are read from string_val, not from tensor_content");
  }
  const std::size_t sent = std::min(elements, static_cast<std::size_t>(proto.string_val_size()));
  const std::size_t each = sizeof(out.texts[0]);
  if (auto spent = Spend(name, elements - sent, each, left); !spent) return spent;
  for (std::size_t i = 0; i < elements; ++i) {
    if (sent == 0) {
      out.texts.emplace_back();
      continue;
    }
    const std::string& text = proto.string_val(static_cast<int>(std::min(i, sent - 1)));
    out.texts.emplace_back(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
  return {};
}

void WriteShape(const std::vector<std::int64_t>& shape, TensorProto& out) {
  for (const std::int64_t side : shape) out.mutable_tensor_shape()->add_dim()->set_size(side);
  out.mutable_tensor_shape();  // a scalar, too, has a shape
}

template <class T, class Field>
void WriteField(const model::Tensor& tensor, Field& field) {
  using To = typename Field::value_type;
  const std::size_t count = tensor.data.size() / sizeof(T);
  field.Resize(static_cast<int>(count), To{});
  if constexpr (std::is_same_v<T, To>) {
    if (count > 0) std::memcpy(field.mutable_data(), tensor.data.data(), count * sizeof(T));
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      T value;
      std::memcpy(&value, tensor.data.data() + i * sizeof(T), sizeof(T));
      field.mutable_data()[i] = static_cast<To>(value);
    }
  }
}

}  // namespace

Result<void> ReadTensorProto(std::string_view name, const TensorProto& proto,
                             std::size_t& repeated_bytes_left, tensor::SentTensor& out) {
  out.name = name;
  const auto elements = ReadShape(name, proto, out);
  if (!elements) return elements.error();
  if (proto.dtype() == tensorflow::DT_STRING) {
    return ReadTexts(name, proto, *elements, repeated_bytes_left, out);
  }
  const auto type = tensor::FromTensorFlowNumber(proto.dtype());
  if (!type) {
    return Unreadable(name, "type " + std::to_string(static_cast<int>(proto.dtype())) + " (" +
                                tensorflow::DataType_Name(proto.dtype()) + ") is not taken");
  }
  out.text = false;
  out.type = *type;
  const std::string& content = proto.tensor_content();
  if (content.empty()) {
    return ReadTyped(name, proto, *type, *elements, repeated_bytes_left, out.data);
  }
  const std::size_t bytes = *elements * model::ElementBytes(*type);
  if (content.size() != bytes) {
    return Unreadable(name, "tensor_content has " + std::to_string(content.size()) +
                                " bytes; type and shape ask for " + std::to_string(bytes));
  }
  const auto* const begin = reinterpret_cast<const std::byte*>(content.data());
  out.data.assign(begin, begin + content.size());
  return {};
}

void WriteTensorProto(const model::Tensor& tensor, TensorProto& out) {
  out.set_dtype(static_cast<tensorflow::DataType>(tensor::TensorFlowNumber(tensor.type)));
  WriteShape(tensor.shape, out);
  switch (tensor.type) {
    case DataType::kFloat32:
      return WriteField<float>(tensor, *out.mutable_float_val());
    case DataType::kFloat64:
      return WriteField<double>(tensor, *out.mutable_double_val());
    case DataType::kInt32:
      return WriteField<std::int32_t>(tensor, *out.mutable_int_val());
    case DataType::kInt16:
      return WriteField<std::int16_t>(tensor, *out.mutable_int_val());
    case DataType::kInt8:
      return WriteField<std::int8_t>(tensor, *out.mutable_int_val());
    case DataType::kUint16:
      return WriteField<std::uint16_t>(tensor, *out.mutable_int_val());
    case DataType::kUint8:
      return WriteField<std::uint8_t>(tensor, *out.mutable_int_val());
    case DataType::kInt64:
      return WriteField<std::int64_t>(tensor, *out.mutable_int64_val());
    case DataType::kUint32:
      return WriteField<std::uint32_t>(tensor, *out.mutable_uint32_val());
    case DataType::kUint64:
      return WriteField<std::uint64_t>(tensor, *out.mutable_uint64_val());
    case DataType::kBool:
      return WriteField<std::uint8_t>(tensor, *out.mutable_bool_val());
    case DataType::kFloat16:
    case DataType::kBfloat16:
      return WriteField<std::uint16_t>(tensor, *out.mutable_half_val());
  }
}

void WriteTensorProto(const tensor::TextTensor& texts, TensorProto& out) {
  out.set_dtype(tensorflow::DT_STRING);
  WriteShape(texts.shape, out);
  for (const std::string& text : texts.values) out.add_string_val(text);
}

}  // namespace credence::api::tfs
