// Inference answers of KServe's V2 REST protocol. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "api/kserve/read.h"
#include "api/tensor/outputs.h"
#include "base/result.h"
#include "serving/request.h"

namespace credence::api::kserve {

// One output of an answer.
struct AnswerOutput {
  std::string name;
  bool binary = false;
  // Borrowed, the model's own; or made for the answer.
  std::variant<const model::Tensor*, model::Tensor, tensor::TextTensor> value;
};

// What is answered, in the order asked: all outputs of the model, or those that are wanted, the
// verdict's among them; classes as texts.
// Errors: kInvalidArgument - a name that is no output; classes of what has none.
Result<std::vector<AnswerOutput>> ChooseOutputs(const serving::Reply& reply,
                                                const tensor::Outputs& outputs,
                                                const InferAsked& asked);

// Appends the JSON, and the bytes of binary outputs behind it; returns the JSON's length, 0 if no
// output is binary.
std::size_t WriteInfer(const serving::Reply& reply, const InferAsked& asked,
                       const std::vector<AnswerOutput>& outputs, std::string& out);

// The `k` highest values of each row of `scores` as "value:index:label", shape [..., k].
// REQUIRES: floats, at least one axis, no more labels than classes.
tensor::TextTensor Classify(const model::Tensor& scores, std::size_t k,
                            const std::vector<std::string>& labels);

}  // namespace credence::api::kserve
