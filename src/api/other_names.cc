#include "api/other_names.h"

#include <string>
#include <utility>
#include <vector>

namespace credence::api {
namespace {

using metrics::Labels;
using metrics::Metrics;
using metrics::Phase;

double Microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

std::chrono::nanoseconds TimeOf(const metrics::PhaseTimes& phases, Phase phase) {
  return phases[static_cast<std::size_t>(phase)];
}

// TensorFlow Serving's: 33 bounds from 10 us on, each 1.8 times the last.
metrics::Buckets TensorFlowBuckets() {
  metrics::Buckets bounds;
  double bound = 10;
  for (int i = 0; i < 33; ++i, bound *= 1.8) bounds.push_back(bound);
  return bounds;
}

// "Predict" is also what the doors that TensorFlow Serving does not have are counted as.
std::string ApiOf(std::string_view route) {
  for (const auto& [name, by_rest, by_grpc] :
       {std::array{"Classify", ":classify", "/Classify"},
        std::array{"Regress", ":regress", "/Regress"},
        std::array{"MultiInference", ":multi", "/MultiInference"}}) {
    if (route.ends_with(by_rest) || route.ends_with(by_grpc)) return name;
  }
  return "Predict";
}

bool IsGrpc(std::string_view route) { return route.find("Service/") != route.npos; }

// The code that TensorFlow Serving would have had for what HTTP answers with.
std::string CodeName(int status) {
  switch (status) {
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 499:
      return "CANCELLED";
    case 503:
      return "UNAVAILABLE";
    case 504:
      return "DEADLINE_EXCEEDED";
    default:
      if (status < 400) return "OK";
      return status < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
  }
}

// Triton's reasons for a failure.
std::string ReasonOf(int status) {
  if (status == 499) return "CANCELED";
  if (status == 429 || status == 503 || status == 504) return "REJECTED";
  return status == 500 ? "BACKEND" : "OTHER";
}

Labels With(Labels labels, const std::string& name, const std::string& value) {
  labels.emplace(name, value);
  return labels;
}

}  // namespace

OtherCounters::OtherCounters(const OtherNames& names, std::string_view route,
                             const predictor::Predictor& predictor, int status, Metrics& metrics) {
  if (names.tensorflow) tensorflow_ = MakeTensorFlow(route, predictor, status, metrics);
  if (names.triton) triton_ = MakeTriton(predictor, status, metrics);
}

OtherCounters::TensorFlow OtherCounters::MakeTensorFlow(std::string_view route,
                                                        const predictor::Predictor& predictor,
                                                        int status, Metrics& metrics) {
  static const metrics::Buckets kBuckets = TensorFlowBuckets();
  const std::string& name = predictor.name();
  const std::string api = ApiOf(route);
  TensorFlow made;
  made.requests =
      &metrics.Counter({":tensorflow:serving:request_count", "The total number of requests"},
                       {{"model_name", name}, {"status", CodeName(status)}});
  if (status >= 400) return made;
  made.examples = &metrics.Counter(
      {":tensorflow:serving:request_example_count_total", "The total number of examples"},
      {{"model", name}});
  made.latency = &metrics.Histogram(
      {":tensorflow:serving:request_latency", "Time of a request in microseconds"},
      {{"model_name", name}, {"API", api}, {"entrypoint", IsGrpc(route) ? "GRPC" : "REST"}},
      kBuckets);
  made.runtime = &metrics.Histogram(
      {":tensorflow:serving:runtime_latency", "Time of the model in microseconds"},
      {{"model_name", name}, {"API", api}, {"runtime", "OpenVINO"}}, kBuckets);
  return made;
}

OtherCounters::Triton OtherCounters::MakeTriton(const predictor::Predictor& predictor, int status,
                                                Metrics& metrics) {
  const Labels labels = {{"model", predictor.name()},
                         {"version", std::to_string(predictor.version())}};
  Triton made;
  if (status >= 400) {
    made.requests = &metrics.Counter(
        {"nv_inference_request_failure", "Number of failed inference requests, by reason"},
        With(labels, "reason", ReasonOf(status)));
    return made;
  }
  made.requests = &metrics.Counter(
      {"nv_inference_request_success", "Number of successful inference requests"}, labels);
  made.pictures =
      &metrics.Counter({"nv_inference_count", "Number of inferences: a batch of n is n"}, labels);
  made.duration = &metrics.Counter(
      {"nv_inference_request_duration_us", "Cumulative time of requests in microseconds"}, labels);
  constexpr std::array kParts = {
      std::pair("nv_inference_queue_duration_us", "Cumulative time in the queue in microseconds"),
      std::pair("nv_inference_compute_input_duration_us",
                "Cumulative time of reading the inputs in microseconds"),
      std::pair("nv_inference_compute_infer_duration_us",
                "Cumulative time of the model in microseconds"),
      std::pair("nv_inference_compute_output_duration_us",
                "Cumulative time of writing the outputs in microseconds")};
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    made.parts[i] = &metrics.Counter({kParts[i].first, kParts[i].second}, labels);
  }
  return made;
}

void OtherCounters::Count(const Counting& counting) const {
  const metrics::PhaseTimes& phases = counting.phases;
  const auto pictures = static_cast<double>(counting.pictures);
  if (tensorflow_.requests != nullptr) metrics::Increment(*tensorflow_.requests);
  if (tensorflow_.examples != nullptr) {
    metrics::Increment(*tensorflow_.examples, pictures);
    metrics::Observe(*tensorflow_.latency, Microseconds(counting.took));
    metrics::Observe(*tensorflow_.runtime, Microseconds(TimeOf(phases, Phase::kInfer)));
  }
  if (triton_.requests != nullptr) metrics::Increment(*triton_.requests);
  if (triton_.pictures != nullptr) {
    metrics::Increment(*triton_.pictures, pictures);
    metrics::Increment(*triton_.duration, Microseconds(counting.took));
    const std::array parts = {TimeOf(phases, Phase::kQueue),
                              TimeOf(phases, Phase::kDecode) + TimeOf(phases, Phase::kAdapt),
                              TimeOf(phases, Phase::kInfer),
                              TimeOf(phases, Phase::kAssess) + TimeOf(phases, Phase::kEncode)};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      metrics::Increment(*triton_.parts[i], Microseconds(parts[i]));
    }
  }
}

void AddOtherGauges(const OtherNames& names, Metrics& metrics) {
  if (!names.triton) return;
  const auto runs = [&metrics] {
    std::vector<metrics::LiveFamily::Sample> samples;
    for (const auto& [name, readings] : metrics.Read({"credence_batch_size"})) {
      for (const metrics::Reading& one : readings) {
        samples.push_back(
            {{{"model", one.labels.at("predictor")}, {"version", one.labels.at("version")}},
             one.value});
      }
    }
    return samples;
  };
  metrics.AddLiveFamily(
      {"nv_inference_exec_count", "Number of runs of the model, each of a batch", runs});
}

}  // namespace credence::api
