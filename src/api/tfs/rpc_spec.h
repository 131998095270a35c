// ModelSpec, which names a model in each of TensorFlow Serving's requests. Pure.
#pragma once

#include <string>

#include "base/result.h"
#include "model/model.h"
#include "serving/request.h"

namespace tensorflow::serving {
class ModelSpec;
}

namespace credence::api::tfs {

// Sets the selector to what the spec names; `there`: whether the request has one.
// Errors: kInvalidArgument - there is no spec, or none with a name.
Result<void> ReadSpec(bool there, const tensorflow::serving::ModelSpec& spec,
                      serving::Selector& selector);

// Errors: kFailedPrecondition - the model is not loaded with that signature. Empty: the model's.
Result<void> CheckSignature(const std::string& name, const model::ModelInfo& info);

// Names the version that answers.
void WriteSpec(const std::string& model, std::int64_t version, const std::string& signature,
               tensorflow::serving::ModelSpec& out);

inline constexpr const char* kDefaultSignature = "serving_default";

}  // namespace credence::api::tfs
