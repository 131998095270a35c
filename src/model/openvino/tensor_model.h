// A compiled model that is run on its own tensors. OpenVINO's exceptions do not leave it. Its CPU
// plugin computes int64, uint64 and uint32 as int32, float64 as float32: inputs that those do not
// hold are refused.
#pragma once

#include <memory>

#include <openvino/core/type/element_type.hpp>
#include <openvino/runtime/compiled_model.hpp>

#include "model/model.h"

namespace credence::model {

// nullopt: a type that no tensor of ours has, such as text.
std::optional<DataType> FromEngine(ov::element::Type type);
ov::element::Type ToEngine(DataType type);

class OpenVinoTensorModel final : public Model {
 public:
  // REQUIRES: the inputs and outputs of `compiled` are info's, in that order.
  OpenVinoTensorModel(ModelInfo info, ov::CompiledModel compiled);

  const ModelInfo& info() const override { return info_; }
  int batch_max() const override { return 1; }
  Result<std::unique_ptr<Session>> NewSession(int slot) const override;
  Result<std::unique_ptr<TensorSession>> NewTensorSession() const override;

 private:
  ModelInfo info_;
  ov::CompiledModel compiled_;
};

}  // namespace credence::model
