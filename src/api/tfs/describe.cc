#include "api/tfs/describe.h"

#include "api/tensor/data_types.h"
#include "base/json_writer.h"

namespace credence::api::tfs {
namespace {

void WriteInfo(const model::TensorInfo& info, JsonWriter& json) {
  json.BeginObject().Key("dtype").String(model::DataTypeName(info.dtype));
  json.Key("tensor_shape").BeginObject().Key("dim").BeginArray();
  for (const std::int64_t side : info.shape) {
    json.BeginObject().Key("size").String(std::to_string(side)).Key("name").String("").EndObject();
  }
  json.EndArray().Key("unknown_rank").Bool(info.unknown_rank).EndObject();
  json.Key("name").String(info.name).EndObject();
}

void WriteInfos(const std::vector<model::TensorInfo>& infos, JsonWriter& json) {
  json.BeginObject();
  for (const model::TensorInfo& info : infos) {
    json.DynamicKey(info.key);
    WriteInfo(info, json);
  }
  json.EndObject();
}

std::vector<model::TensorInfo> InfosOf(const std::vector<model::TensorSpec>& specs) {
  std::vector<model::TensorInfo> infos;
  for (const model::TensorSpec& spec : specs) {
    infos.push_back({.key = spec.name,
                     .name = spec.name,
                     .dtype = tensor::TensorFlowNumber(spec.type),
                     .unknown_rank = spec.any_rank,
                     .shape = spec.shape});
  }
  return infos;
}

void AppendText(std::string_view side, const std::vector<model::TensorInfo>& infos,
                std::string& text) {
  for (const model::TensorInfo& info : infos) {
    text.append(side).append(" { key: \"").append(info.key).append("\" value { name: \"");
    text.append(info.name).append("\" dtype: ").append(model::DataTypeName(info.dtype));
    text.append(" tensor_shape {");
    for (const std::int64_t side_length : info.shape) {
      text.append(" dim { size: ").append(std::to_string(side_length)).append(" }");
    }
    text.append(info.unknown_rank ? " unknown_rank: true } } } " : " } } } ");
  }
}

// Of a version that failed; TensorFlow Serving knows no more of most failures.
constexpr std::string_view kFailed = "UNKNOWN";

}  // namespace

std::vector<model::SignatureDef> SignaturesOf(const predictor::Predictor& predictor) {
  const model::ModelInfo& info = predictor.model_info();
  if (!info.signatures.empty()) return info.signatures;
  return {{.key = "serving_default",
           .method_name = "tensorflow/serving/predict",
           .inputs = InfosOf(info.inputs),
           .outputs = InfosOf(info.outputs)}};
}

void WriteStatus(const serving::ServedPredictor& predictor, std::int64_t only, std::string& out) {
  JsonWriter json(out);
  json.BeginObject().Key("model_version_status").BeginArray();
  for (const serving::ServedVersion& one : predictor.versions) {
    if (only != 0 && one.number != only) continue;
    // A version that serves has no error, even if its changed files were refused.
    const bool failed = !one.version && !one.error.empty();
    json.BeginObject().Key("version").String(std::to_string(one.number));
    json.Key("state").String(serving::StateName(failed ? serving::VersionState::kEnd : one.state));
    json.Key("status").BeginObject().Key("error_code").String(failed ? kFailed : "OK");
    json.Key("error_message").String(failed ? one.error : "").EndObject().EndObject();
  }
  json.EndArray().EndObject();
}

void WriteMetadata(const predictor::Predictor& predictor, std::string& out) {
  JsonWriter json(out);
  json.BeginObject().Key("model_spec").BeginObject().Key("name").String(predictor.name());
  json.Key("signature_name").String("");
  json.Key("version").String(std::to_string(predictor.version())).EndObject();
  json.Key("metadata").BeginObject().Key("signature_def").BeginObject();
  json.Key("signature_def").BeginObject();
  for (const model::SignatureDef& signature : SignaturesOf(predictor)) {
    json.DynamicKey(signature.key).BeginObject().Key("inputs");
    WriteInfos(signature.inputs, json);
    json.Key("outputs");
    WriteInfos(signature.outputs, json);
    json.Key("method_name").String(signature.method_name);
    json.Key("defaults").BeginObject().EndObject().EndObject();
  }
  json.EndObject().EndObject().EndObject().EndObject();
}

std::string SignatureText(const model::SignatureDef& signature) {
  std::string text;
  AppendText("inputs", signature.inputs, text);
  AppendText("outputs", signature.outputs, text);
  return text + "method_name: \"" + signature.method_name + "\"";
}

}  // namespace credence::api::tfs
