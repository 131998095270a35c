#include "api/kserve/describe.h"

#include <chrono>

#include "api/tensor/data_types.h"
#include "base/json_writer.h"
#include "serving/predict.h"

namespace credence::api::kserve {
namespace {

using serving::ServedPredictor;
using serving::ServedVersion;

std::string_view PlatformOf(const predictor::Predictor& predictor) {
  return predictor.model_info().signatures.empty() ? "openvino" : "tensorflow_savedmodel";
}

void WriteTensors(const std::vector<model::TensorSpec>& specs, JsonWriter& json) {
  json.BeginArray();
  for (const model::TensorSpec& spec : specs) {
    json.BeginObject().Key("name").String(spec.name);
    json.Key("datatype").String(tensor::KserveName(spec.type)).Key("shape").BeginArray();
    for (const std::int64_t side : spec.shape) json.Number(side);
    json.EndArray().EndObject();
  }
  json.EndArray();
}

// FORMAT_NHWC, FORMAT_NCHW or FORMAT_NONE.
std::string_view FormatOf(const predictor::Predictor& predictor) {
  if (!predictor.takes_pictures() || predictor.model_info().inputs[0].shape.size() != 4) {
    return "FORMAT_NONE";
  }
  return predictor.contract().layout == image::Layout::kNchw ? "FORMAT_NCHW" : "FORMAT_NHWC";
}

// `batched`: the first side is not told.
void WriteDims(const model::TensorSpec& spec, bool batched, JsonWriter& json) {
  json.Key("dims").BeginArray();
  for (std::size_t i = batched ? 1 : 0; i < spec.shape.size(); ++i) json.Number(spec.shape[i]);
  json.EndArray();
}

void WritePhase(std::string_view name, std::uint64_t count, double seconds, JsonWriter& json) {
  json.DynamicKey(name).BeginObject().Key("count").Number(count);
  json.Key("ns").Number(static_cast<std::uint64_t>(seconds * 1e9)).EndObject();
}

void WriteVersionStatistics(const serving::Version& version, const Clock& clock, JsonWriter& json) {
  using metrics::Phase;
  const serving::VersionMetrics& counted = version.metrics();
  const auto total = [&counted](Phase phase) {
    return metrics::TotalOf(*counted.phases[static_cast<std::size_t>(phase)]);
  };
  const metrics::Total batches = metrics::TotalOf(*counted.batch_size);
  const metrics::Total queue = total(Phase::kQueue);
  const double input = total(Phase::kDecode).sum + total(Phase::kAdapt).sum;
  const double infer = total(Phase::kInfer).sum;
  const double output = total(Phase::kAssess).sum + total(Phase::kEncode).sum;
  const std::uint64_t failed = version.tally().failed();
  const predictor::Predictor& predictor = version.predictor();
  json.BeginObject().Key("name").String(predictor.name());
  json.Key("version").String(std::to_string(predictor.version()));
  json.Key("last_inference").Number(version.tally().LastMilliseconds(clock));
  json.Key("inference_count").Number(static_cast<std::uint64_t>(batches.sum));
  json.Key("execution_count").Number(batches.count);
  json.Key("inference_stats").BeginObject();
  WritePhase("success", queue.count, queue.sum + input + infer + output, json);
  WritePhase("fail", failed, 0, json);
  WritePhase("queue", queue.count, queue.sum, json);
  WritePhase("compute_input", queue.count, input, json);
  WritePhase("compute_infer", queue.count, infer, json);
  WritePhase("compute_output", queue.count, output, json);
  WritePhase("cache_hit", 0, 0, json);
  WritePhase("cache_miss", 0, 0, json);
  json.EndObject().Key("response_stats").BeginObject().EndObject();
  json.Key("batch_stats").BeginArray().EndArray();
  json.Key("memory_usage").BeginArray().EndArray().EndObject();
}

// READY, LOADING, UNLOADING, UNAVAILABLE.
std::string_view StateOf(const ServedVersion& version) {
  if (version.version) return "READY";
  if (version.state == serving::VersionState::kLoading) return "LOADING";
  return version.state == serving::VersionState::kUnloading ? "UNLOADING" : "UNAVAILABLE";
}

}  // namespace

void WriteServer(std::string_view version, std::string& out) {
  JsonWriter json(out);
  json.BeginObject().Key("name").String("credence").Key("version").String(version);
  json.Key("extensions").BeginArray();
  for (const std::string_view extension :
       {"classification", "model_repository", "schedule_policy", "model_configuration",
        "binary_tensor_data", "parameters", "statistics", "credence_reliability"}) {
    json.String(extension);
  }
  json.EndArray().EndObject();
}

void WriteModel(const ServedPredictor& predictor, const serving::Version& version,
                std::string& out) {
  JsonWriter json(out);
  const predictor::Predictor& served = version.predictor();
  json.BeginObject().Key("name").String(predictor.name).Key("versions").BeginArray();
  for (const ServedVersion& one : predictor.versions) {
    if (one.version) json.String(std::to_string(one.number));
  }
  json.EndArray().Key("platform").String(PlatformOf(served)).Key("inputs");
  WriteTensors(served.model_info().inputs, json);
  json.Key("outputs");
  WriteTensors(served.model_info().outputs, json);
  json.EndObject();
}

void WriteConfig(const serving::Version& version, std::string& out) {
  const predictor::Predictor& predictor = version.predictor();
  const model::ModelInfo& info = predictor.model_info();
  // Rows of a picture classifier are split into runs: as many as a request may bring.
  const bool batched = predictor.takes_pictures();
  JsonWriter json(out);
  json.BeginObject().Key("name").String(predictor.name());
  json.Key("platform").String(PlatformOf(predictor)).Key("backend").String("");
  json.Key("version_policy").BeginObject().Key("latest").BeginObject();
  json.Key("num_versions").Number(1).EndObject().EndObject();
  json.Key("max_batch_size").Number(batched ? serving::kRowsMax : 0);
  json.Key("input").BeginArray();
  for (const model::TensorSpec& spec : info.inputs) {
    json.BeginObject().Key("name").String(spec.name);
    json.Key("data_type").String(tensor::ConfigName(spec.type));
    json.Key("format").String(FormatOf(predictor));
    WriteDims(spec, batched, json);
    json.EndObject();
  }
  json.EndArray().Key("output").BeginArray();
  for (const model::TensorSpec& spec : info.outputs) {
    json.BeginObject().Key("name").String(spec.name);
    json.Key("data_type").String(tensor::ConfigName(spec.type));
    WriteDims(spec, batched, json);
    json.Key("label_filename").String("").EndObject();
  }
  json.EndArray().Key("instance_group").BeginArray().EndArray();
  json.Key("model_transaction_policy").BeginObject().Key("decoupled").Bool(false).EndObject();
  json.EndObject();
}

void WriteStatistics(const serving::Catalog& catalog, std::string_view predictor,
                     std::optional<std::int64_t> version, const Clock& clock, std::string& out) {
  JsonWriter json(out);
  json.BeginObject().Key("model_stats").BeginArray();
  for (const ServedPredictor& one : catalog.predictors()) {
    if (!predictor.empty() && one.name != predictor) continue;
    for (const ServedVersion& served : one.versions) {
      if (!served.version || (version && served.number != *version)) continue;
      WriteVersionStatistics(*served.version, clock, json);
    }
  }
  json.EndArray().EndObject();
}

void WriteIndex(const serving::Catalog& catalog, bool ready, std::string& out) {
  JsonWriter json(out);
  json.BeginArray();
  for (const ServedPredictor& one : catalog.predictors()) {
    for (const ServedVersion& served : one.versions) {
      const std::string_view state = StateOf(served);
      if (ready && !served.version) continue;
      json.BeginObject().Key("name").String(one.name);
      json.Key("version").String(std::to_string(served.number)).Key("state").String(state);
      if (state == "UNAVAILABLE") {
        json.Key("reason").String(served.error.empty() ? serving::StateWord(served)
                                                       : std::string_view(served.error));
      }
      json.EndObject();
    }
  }
  json.EndArray();
}

}  // namespace credence::api::kserve
