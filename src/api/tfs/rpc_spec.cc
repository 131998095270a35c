#include "api/tfs/rpc_spec.h"

#include "tensorflow_serving.pb.h"

namespace credence::api::tfs {

Result<void> ReadSpec(bool there, const tensorflow::serving::ModelSpec& spec,
                      serving::Selector& selector) {
  if (!there) return Error{Code::kInvalidArgument, "Missing ModelSpec"};
  if (spec.name().empty()) {
    return Error{Code::kInvalidArgument, "ModelSpec has no name specified."};
  }
  selector.predictor = spec.name();
  if (spec.has_version()) selector.version = spec.version().value();
  selector.label = spec.version_label();
  return {};
}

Result<void> CheckSignature(const std::string& name, const model::ModelInfo& info) {
  if (name.empty() || name == info.signature) return {};
  if (info.signature.empty() && name == kDefaultSignature) return {};  // ONNX and IR have none
  return Error{Code::kFailedPrecondition,
               "Serving signature key \"" + name.substr(0, 200) + "\" not found."};
}

void WriteSpec(const std::string& model, std::int64_t version, const std::string& signature,
               tensorflow::serving::ModelSpec& out) {
  out.set_name(model);
  out.mutable_version()->set_value(version);
  out.set_signature_name(signature);
}

}  // namespace credence::api::tfs
