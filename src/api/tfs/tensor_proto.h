// Reads and writes TensorFlow's TensorProto. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "api/tensor/inputs.h"
#include "api/tensor/outputs.h"
#include "base/result.h"
#include "model/tensor.h"

namespace tensorflow {
class TensorProto;
}

namespace credence::api::tfs {

// What one request's tensors may grow to by values that are not sent but repeated.
inline constexpr std::size_t kRepeatedBytesMax = 32 << 20;

// Sets `out`, whose texts are borrowed from `proto`. As TensorFlow reads it: tensor_content if
// there is any, else the typed field, whose last value is repeated for what is missing (zeros when
// there is none) and whose excess is ignored. What is repeated is taken off `repeated_bytes_left`.
// Errors: kInvalidArgument - "tensor parsing error: NAME: …"; kTooLarge - too much is repeated.
Result<void> ReadTensorProto(std::string_view name, const tensorflow::TensorProto& proto,
                             std::size_t& repeated_bytes_left, tensor::SentTensor& out);

// Sets `out`, which is empty: type, shape, and the values in the typed field, where TensorFlow
// Serving's clients look for them.
void WriteTensorProto(const model::Tensor& tensor, tensorflow::TensorProto& out);
void WriteTensorProto(const tensor::TextTensor& texts, tensorflow::TensorProto& out);

}  // namespace credence::api::tfs
