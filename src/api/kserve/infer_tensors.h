// The tensors of ModelInferRequest and ModelInferResponse. Pure.
#pragma once

#include <string>

#include "api/tensor/inputs.h"
#include "api/tensor/outputs.h"
#include "base/result.h"
#include "model/tensor.h"

namespace inference {
class ModelInferRequest;
class ModelInferResponse;
}  // namespace inference

namespace credence::api::kserve {

// Reads every input, from raw_input_contents or from its typed contents. Texts are borrowed from
// `request`. `model`: its name, for messages.
// Errors: kInvalidArgument - the data of an input is missing, twice there or of another length than
//         its shape asks for; its datatype is not known.
Result<void> ReadTensors(const inference::ModelInferRequest& request, const std::string& model,
                         tensor::SentTensors& out);

// Adds an output with its raw contents, which clients read, whatever form the request had.
void AddOutput(const std::string& name, const model::Tensor& tensor,
               inference::ModelInferResponse& response);
void AddOutput(const std::string& name, const tensor::TextTensor& texts,
               inference::ModelInferResponse& response);

}  // namespace credence::api::kserve
