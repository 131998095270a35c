#include "api/kserve/infer_tensors.h"

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "api/kserve/binary.h"
#include "api/tensor/data_types.h"
#include "inference.pb.h"

namespace credence::api::kserve {
namespace {

using inference::InferTensorContents;
using inference::ModelInferRequest;
using model::DataType;
using Input = ModelInferRequest::InferInputTensor;

std::string Quote(const std::string& name) { return "'" + name.substr(0, 200) + "'"; }

template <class T, class Field>
Result<void> ReadField(const Input& input, const Field& field, std::vector<std::byte>& out) {
  out.resize(static_cast<std::size_t>(field.size()) * sizeof(T));
  std::byte* to = out.data();
  for (const auto sent : field) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<bool, std::decay_t<decltype(sent)>>) {
      if (!std::in_range<T>(sent)) {
        return Invalid("input " + Quote(input.name()) + ": " + std::to_string(sent) + " is no " +
                       input.datatype());
      }
    }
    const auto value = static_cast<T>(sent);
    std::memcpy(to, &value, sizeof value);
    to += sizeof value;
  }
  return {};
}

Result<void> ReadContents(const Input& input, DataType type, std::vector<std::byte>& out) {
  const InferTensorContents& contents = input.contents();
  switch (type) {
    case DataType::kBool:
      return ReadField<std::uint8_t>(input, contents.bool_contents(), out);
    case DataType::kUint8:
      return ReadField<std::uint8_t>(input, contents.uint_contents(), out);
    case DataType::kUint16:
      return ReadField<std::uint16_t>(input, contents.uint_contents(), out);
    case DataType::kUint32:
      return ReadField<std::uint32_t>(input, contents.uint_contents(), out);
    case DataType::kUint64:
      return ReadField<std::uint64_t>(input, contents.uint64_contents(), out);
    case DataType::kInt8:
      return ReadField<std::int8_t>(input, contents.int_contents(), out);
    case DataType::kInt16:
      return ReadField<std::int16_t>(input, contents.int_contents(), out);
    case DataType::kInt32:
      return ReadField<std::int32_t>(input, contents.int_contents(), out);
    case DataType::kInt64:
      return ReadField<std::int64_t>(input, contents.int64_contents(), out);
    case DataType::kFloat32:
      return ReadField<float>(input, contents.fp32_contents(), out);
    case DataType::kFloat64:
      return ReadField<double>(input, contents.fp64_contents(), out);
    case DataType::kFloat16:
    case DataType::kBfloat16:
      break;
  }
  return Invalid("input " + Quote(input.name()) + ": " + input.datatype() +
                 " is sent in raw_input_contents only");
}

Result<void> ReadTyped(const Input& input, const std::string& model, tensor::SentTensor& out) {
  if (!input.has_contents()) {
    return Invalid("unable to find data for input tensor " + Quote(input.name()) + " for model " +
                   Quote(model) + " in request");
  }
  if (!out.text) return ReadContents(input, out.type, out.data);
  for (const std::string& text : input.contents().bytes_contents()) {
    out.texts.emplace_back(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
  return {};
}

Result<void> ReadRaw(const Input& input, const std::string& model, const std::string& raw,
                     tensor::SentTensor& out) {
  if (input.has_contents()) {
    return Invalid("contents field must not be specified when using raw_input_contents for " +
                   Quote(input.name()) + " for model " + Quote(model));
  }
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(raw.data());
  if (out.text) return ReadTexts({bytes, raw.size()}, input.name(), out.texts);
  const auto* const begin = reinterpret_cast<const std::byte*>(raw.data());
  out.data.assign(begin, begin + raw.size());
  return {};
}

}  // namespace

Result<void> ReadTensors(const ModelInferRequest& request, const std::string& model,
                         tensor::SentTensors& out) {
  out.Clear();
  const bool raw = request.raw_input_contents_size() > 0;
  if (raw && request.raw_input_contents_size() != request.inputs_size()) {
    return Invalid("expected raw_input_contents for " + std::to_string(request.inputs_size()) +
                   " inputs but got " + std::to_string(request.raw_input_contents_size()) +
                   " for model " + Quote(model));
  }
  for (int i = 0; i < request.inputs_size(); ++i) {
    const Input& input = request.inputs(i);
    tensor::SentTensor& sent = out.Add();
    sent.Clear();
    sent.name = input.name();
    sent.shape.assign(input.shape().begin(), input.shape().end());
    sent.text = input.datatype() == tensor::kBytesName;
    if (!sent.text) {
      const auto type = tensor::FromKserveName(input.datatype());
      if (!type) {
        return Invalid("input " + Quote(input.name()) + " has the unknown datatype " +
                       Quote(input.datatype()));
      }
      sent.type = *type;
    }
    auto read = raw ? ReadRaw(input, model, request.raw_input_contents(i), sent)
                    : ReadTyped(input, model, sent);
    if (!read) return read;
  }
  return {};
}

void AddOutput(const std::string& name, const model::Tensor& tensor,
               inference::ModelInferResponse& response) {
  auto& output = *response.add_outputs();
  output.set_name(name);
  output.set_datatype(std::string(tensor::KserveName(tensor.type)));
  output.mutable_shape()->Assign(tensor.shape.begin(), tensor.shape.end());
  response.add_raw_output_contents(tensor.data.data(), tensor.data.size());
}

void AddOutput(const std::string& name, const tensor::TextTensor& texts,
               inference::ModelInferResponse& response) {
  auto& output = *response.add_outputs();
  output.set_name(name);
  output.set_datatype(std::string(tensor::kBytesName));
  output.mutable_shape()->Assign(texts.shape.begin(), texts.shape.end());
  std::string& raw = *response.add_raw_output_contents();
  for (const std::string& text : texts.values) AppendText(text, raw);
}

}  // namespace credence::api::kserve
