// Any bytes as a PredictRequest whose tensors are read, and what was read is written and read
// again.
#include <cstddef>
#include <cstdint>

#include "api/tfs/tensor_proto.h"
#include "base/check.h"
#include "tensorflow_serving.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace credence;
  tensorflow::serving::PredictRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  std::size_t repeated_bytes_left = 1 << 20;
  for (const auto& [name, proto] : request.inputs()) {
    api::tensor::SentTensor sent;
    if (!api::tfs::ReadTensorProto(name, proto, repeated_bytes_left, sent) || sent.text) continue;
    tensorflow::TensorProto written;
    api::tfs::WriteTensorProto(
        model::Tensor{.name = {}, .type = sent.type, .shape = sent.shape, .data = sent.data},
        written);
    api::tensor::SentTensor again;
    std::size_t none_left = 0;
    CREDENCE_CHECK(api::tfs::ReadTensorProto(name, written, none_left, again));
    if (sent.type != model::DataType::kBool) CREDENCE_CHECK(again.data == sent.data);
  }
  return 0;
}
