#include "api/tfs/rpc_models.h"

#include <optional>
#include <string>
#include <string_view>

#include "api/rpc_json.h"
#include "api/tensor/select.h"
#include "api/tfs/describe.h"
#include "api/tfs/rpc_spec.h"
#include "tensorflow_serving.pb.h"

namespace credence::api::tfs {
namespace {

using namespace tensorflow::serving;
using Failed = std::optional<rpc::Status>;

constexpr const char* kSignatureField = "signature_def";

void WriteTensors(const std::vector<model::TensorInfo>& tensors,
                  google::protobuf::Map<std::string, tensorflow::TensorInfo>& out) {
  for (const model::TensorInfo& tensor : tensors) {
    tensorflow::TensorInfo& info = out[tensor.key];
    info.set_name(tensor.name);
    info.set_dtype(static_cast<tensorflow::DataType>(tensor.dtype));
    info.mutable_tensor_shape()->set_unknown_rank(tensor.unknown_rank);
    for (const std::int64_t side : tensor.shape) {
      info.mutable_tensor_shape()->add_dim()->set_size(side);
    }
  }
}

SignatureDefMap SignatureMap(const predictor::Predictor& predictor) {
  SignatureDefMap map;
  for (const model::SignatureDef& from : SignaturesOf(predictor)) {
    tensorflow::SignatureDef& to = (*map.mutable_signature_def())[from.key];
    WriteTensors(from.inputs, *to.mutable_inputs());
    WriteTensors(from.outputs, *to.mutable_outputs());
    to.set_method_name(from.method_name);
  }
  return map;
}

Failed Metadata(RpcContext& context, const GetModelMetadataRequest& request,
                GetModelMetadataResponse& response) {
  serving::Selector selector;
  if (auto read = ReadSpec(request.has_model_spec(), request.model_spec(), selector); !read) {
    return StatusOf(read.error());
  }
  if (request.metadata_field().empty()) {
    return rpc::Status{rpc::StatusCode::kInvalidArgument,
                       "GetModelMetadataRequest must specify at least one metadata_field"};
  }
  for (const std::string& field : request.metadata_field()) {
    if (field == kSignatureField) continue;
    return rpc::Status{rpc::StatusCode::kInvalidArgument,
                       "Metadata field " + field.substr(0, 200) + " is not supported"};
  }
  const auto found =
      tensor::FindVersion(context.submitter.catalog(), selector, tensor::Dialect::kTensorFlow);
  if (!found) return StatusOf(found.error());
  const predictor::Predictor& predictor = (*found)->predictor();
  WriteSpec(predictor.name(), predictor.version(), "", *response.mutable_model_spec());
  (*response.mutable_metadata())[kSignatureField].PackFrom(SignatureMap(predictor));
  return std::nullopt;
}

// Of Classify and Regress, whose models parse tf.Example in the graph: OpenVINO runs none.
template <class Request>
Failed RefuseExamples(RpcContext& context, const Request& request, std::string_view what) {
  serving::Selector selector;
  if (auto read = ReadSpec(request.has_model_spec(), request.model_spec(), selector); !read) {
    return StatusOf(read.error());
  }
  const auto found =
      tensor::FindVersion(context.submitter.catalog(), selector, tensor::Dialect::kTensorFlow);
  if (!found) return StatusOf(found.error());
  const predictor::Predictor& predictor = (*found)->predictor();
  const std::string& served = predictor.model_info().signature;
  for (const model::SignatureDef& signature : SignaturesOf(predictor)) {
    if (signature.key != (served.empty() ? kDefaultSignature : served)) continue;
    if (signature.inputs.size() == 1 && signature.inputs[0].key == "inputs") break;
    return rpc::Status{
        rpc::StatusCode::kInvalidArgument,
        "No " + std::string(what) + " inputs found in SignatureDef: " + SignatureText(signature)};
  }
  return rpc::Status{
      rpc::StatusCode::kUnimplemented,
      "examples are not read by gRPC; the REST API reads them, and Predict takes the "
      "tensor"};
}

Failed Status(RpcContext& context, const GetModelStatusRequest& request,
              GetModelStatusResponse& response) {
  serving::Selector selector;
  if (auto read = ReadSpec(request.has_model_spec(), request.model_spec(), selector); !read) {
    return StatusOf(read.error());
  }
  const auto* const predictor = context.submitter.catalog().FindPredictor(selector.predictor);
  if (predictor != nullptr) {
    std::string json;
    WriteStatus(*predictor, selector.version.value_or(0), json);
    FromJson(json, response);
    if (response.model_version_status_size() > 0) return std::nullopt;
  }
  const std::string model = selector.predictor.substr(0, 200);
  return rpc::Status{
      rpc::StatusCode::kNotFound,
      predictor != nullptr && selector.version
          ? "Could not find version " + std::to_string(*selector.version) + " of model " + model
          : "Could not find any versions of model " + model};
}

}  // namespace

std::vector<RpcEndpoint> ModelMethods(RpcContext& context) {
  using enum security::Scope;
  return {{kPredict, RpcAtOnce<ClassificationRequest, ClassificationResponse>(
                         context, "/tensorflow.serving.PredictionService/Classify",
                         [&context](const ClassificationRequest& request, ClassificationResponse&) {
                           return RefuseExamples(context, request, "classification");
                         })},
          {kPredict, RpcAtOnce<RegressionRequest, RegressionResponse>(
                         context, "/tensorflow.serving.PredictionService/Regress",
                         [&context](const RegressionRequest& request, RegressionResponse&) {
                           return RefuseExamples(context, request, "regression");
                         })},
          {kRead, RpcAtOnce<GetModelMetadataRequest, GetModelMetadataResponse>(
                      context, "/tensorflow.serving.PredictionService/GetModelMetadata",
                      [&context](const auto& request, auto& response) {
                        return Metadata(context, request, response);
                      })},
          {kRead, RpcAtOnce<GetModelStatusRequest, GetModelStatusResponse>(
                      context, "/tensorflow.serving.ModelService/GetModelStatus",
                      [&context](const auto& request, auto& response) {
                        return Status(context, request, response);
                      })}};
}

}  // namespace credence::api::tfs
