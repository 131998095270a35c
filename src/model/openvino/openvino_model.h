// A compiled model: one ov::CompiledModel for each batch size, one ov::InferRequest for each of
// them and session. OpenVINO's exceptions may pass through the constructor only.
#pragma once

#include <memory>
#include <vector>

#include <openvino/runtime/compiled_model.hpp>

#include "model/model.h"

namespace credence::model {

// Outputs of the compiled model, in this order; those that are absent take no place.
struct CompiledOutputs {
  int scores_an_example = 0;  // 1 for a sigmoid, else the number of classes
  bool logits = false;        // the second output; if not, View makes them of the scores
  bool features = false;      // the next output
  // The model's other outputs follow. Which of ModelInfo::outputs the scores and those are:
  std::size_t scores_at = 0;
  std::vector<std::size_t> others_at = {};
};

struct Compiled {
  int batch = 0;
  ov::CompiledModel model;
};

using CompiledSizes = std::vector<Compiled>;  // not empty, ascending in batch

// A picture classifier.
class OpenVinoModel final : public Model {
 public:
  // The sessions of slot i run the set i, or that of the rest when there are fewer.
  // REQUIRES: info.view is set; `sets` is not empty; each has the same sizes.
  OpenVinoModel(ModelInfo info, CompiledOutputs outputs, std::vector<CompiledSizes> sets);

  const ModelInfo& info() const override { return info_; }
  int batch_max() const override { return sets_[0].back().batch; }
  // Where there are several batch sizes, runs each once, so that no request pays for the engine's
  // first run. Of a single one whoever tries the session sees to that; such models take long.
  Result<std::unique_ptr<Session>> NewSession(int slot) const override;
  Result<std::unique_ptr<TensorSession>> NewTensorSession() const override;

 private:
  ModelInfo info_;
  CompiledOutputs outputs_;
  std::vector<CompiledSizes> sets_;
};

}  // namespace credence::model
