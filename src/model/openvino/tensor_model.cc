#include "model/openvino/tensor_model.h"

#include <array>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <exception>
#include <type_traits>
#include <utility>

#include <openvino/runtime/infer_request.hpp>

#include "model/openvino/engine_error.h"

namespace credence::model {
namespace {

const std::array<std::pair<ov::element::Type, DataType>, 13>& Types() {
  static const std::array<std::pair<ov::element::Type, DataType>, 13> kTypes = {
      {{ov::element::boolean, DataType::kBool},
       {ov::element::u8, DataType::kUint8},
       {ov::element::u16, DataType::kUint16},
       {ov::element::u32, DataType::kUint32},
       {ov::element::u64, DataType::kUint64},
       {ov::element::i8, DataType::kInt8},
       {ov::element::i16, DataType::kInt16},
       {ov::element::i32, DataType::kInt32},
       {ov::element::i64, DataType::kInt64},
       {ov::element::f16, DataType::kFloat16},
       {ov::element::bf16, DataType::kBfloat16},
       {ov::element::f32, DataType::kFloat32},
       {ov::element::f64, DataType::kFloat64}}};
  return kTypes;
}

// Whether the engine's own number for `value`, of type `T`, is another: it computes whole numbers
// of 32 bits and floats.
template <class T>
bool IsOutside(T value) {
  if constexpr (std::is_same_v<T, double>) {
    return std::isfinite(value) && std::abs(value) > static_cast<double>(FLT_MAX);
  } else if constexpr (std::is_integral_v<T>) {
    return !std::in_range<std::int32_t>(value);
  }
  return false;
}

// Errors: kInvalidArgument - an element that the engine would make another number of in silence.
Result<void> CheckHeld(const Tensor& input) {
  return VisitType(input.type, [&](auto* element) -> Result<void> {
    using T = std::remove_pointer_t<decltype(element)>;
    if constexpr (std::is_same_v<T, float> || (std::is_integral_v<T> && sizeof(T) < 4)) return {};
    for (std::size_t i = 0; i < input.data.size() / sizeof(T); ++i) {
      T value;
      std::memcpy(&value, input.data.data() + i * sizeof value, sizeof value);
      if (!IsOutside(value)) continue;
      return Error{Code::kInvalidArgument, "input \"" + input.name + "\" holds " +
                                               std::to_string(value) + " at element " +
                                               std::to_string(i) + "; the engine computes " +
                                               std::string(TypeName(input.type)) + " as " +
                                               (std::is_integral_v<T> ? "int32" : "float32") +
                                               ", which has no such number"};
    }
    return {};
  });
}

class OpenVinoTensorSession final : public TensorSession {
 public:
  OpenVinoTensorSession(const ModelInfo& info, ov::CompiledModel compiled)
      : info_(info), request_(compiled.create_infer_request()) {}

  Result<void> Run(std::span<const Tensor* const> inputs, std::vector<Tensor>& out) override {
    for (const Tensor* input : inputs) {
      if (auto held = CheckHeld(*input); !held.ok()) return held;
    }
    try {
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Tensor& input = *inputs[i];
        const ov::Shape shape(input.shape.begin(), input.shape.end());
        ov::Tensor tensor(ToEngine(input.type), shape);
        std::copy(input.data.begin(), input.data.end(), static_cast<std::byte*>(tensor.data()));
        request_.set_input_tensor(i, tensor);
      }
      request_.start_async();  // infer() hides what goes wrong, and leaves the outputs of before
      request_.wait();
      out.resize(info_.outputs.size());
      for (std::size_t i = 0; i < out.size(); ++i) Copy(request_.get_output_tensor(i), i, out[i]);
    } catch (const std::exception& e) {
      if (WantsMemory(e.what())) return OutOfMemory();
      return Error{Code::kInvalidArgument,
                   "the model cannot be run on these tensors: " + LastLine(e.what())};
    }
    return {};
  }

 private:
  void Copy(const ov::Tensor& from, std::size_t i, Tensor& to) const {
    to.name = info_.outputs[i].name;
    to.type = info_.outputs[i].type;
    const ov::Shape shape = from.get_shape();
    to.shape.assign(shape.begin(), shape.end());
    const auto* data = static_cast<const std::byte*>(from.data());
    to.data.assign(data, data + from.get_byte_size());
  }

  const ModelInfo info_;
  ov::InferRequest request_;
};

}  // namespace

std::optional<DataType> FromEngine(ov::element::Type type) {
  for (const auto& [engine, ours] : Types()) {
    if (engine == type) return ours;
  }
  return std::nullopt;
}

ov::element::Type ToEngine(DataType type) { return Types()[static_cast<std::size_t>(type)].first; }

OpenVinoTensorModel::OpenVinoTensorModel(ModelInfo info, ov::CompiledModel compiled)
    : info_(std::move(info)), compiled_(std::move(compiled)) {}

Result<std::unique_ptr<Session>> OpenVinoTensorModel::NewSession(int) const {
  return Error{Code::kInternal, "only a picture classifier has a session for pictures"};
}

Result<std::unique_ptr<TensorSession>> OpenVinoTensorModel::NewTensorSession() const {
  try {
    return std::unique_ptr<TensorSession>(
        std::make_unique<OpenVinoTensorSession>(info_, compiled_));
  } catch (const std::exception& e) {
    if (WantsMemory(e.what())) return OutOfMemory();
    return Error{Code::kInternal,
                 std::string("the engine cannot make one more session: ") + e.what()};
  }
}

}  // namespace credence::model
