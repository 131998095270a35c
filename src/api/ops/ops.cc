#include "api/ops/ops.h"

#include "base/json_writer.h"

namespace credence::api::ops {
std::string_view Welcome() {
  return "Credence serves image classifiers and says how far to believe each answer.\n\n"
         "  curl -F file=@picture.png http://HOST:PORT/v1/predict\n"
         "  curl --data-binary @picture.png http://HOST:PORT/v1/predict\n\n"
         "/v1/predictors   what is served\n"
         "/openapi.json    every path\n"
         "/metrics         Prometheus\n"
         "/livez /readyz   health\n";
}

int Readiness(const serving::Catalog& catalog, const ReadinessOptions& options, std::string& out) {
  const auto ready = catalog.Ready(options.when);
  const bool yes = ready && !options.draining;
  JsonWriter json(out);
  json.BeginObject().Key("status").String(yes ? "ready" : "not ready");
  if (!yes) json.Key("reason").String(options.draining ? "draining" : ready.error().message);
  json.Key("warnings").BeginArray();
  for (const auto& predictor : catalog.predictors()) {
    for (const auto& served : predictor.versions) {
      const std::string& warning = !served.error.empty() || !served.version
                                       ? served.error
                                       : served.version->predictor().warning();
      if (warning.empty()) continue;
      json.BeginObject().Key("name").String(predictor.name).Key("version").Number(served.number);
      json.Key("reason").String(warning).EndObject();
    }
  }
  for (const std::string& note : catalog.notes()) {
    json.BeginObject().Key("reason").String(note).EndObject();
  }
  json.EndArray().EndObject();
  return yes ? 200 : 503;
}

Result<int> PredictorReadiness(const serving::Catalog& catalog, std::string_view name,
                               bool draining, std::string& out) {
  const serving::ServedPredictor* predictor = catalog.FindPredictor(name);
  if (predictor == nullptr) {
    return Error{Code::kNotFound, "there is no predictor \"" + std::string(name) + "\""};
  }
  const serving::Version* latest = predictor->latest();
  const bool yes = latest != nullptr && !draining;
  JsonWriter json(out);
  json.BeginObject().Key("status").String(yes ? "ready" : "not ready");
  json.Key("name").String(predictor->name);
  if (yes) {
    json.Key("version").Number(latest->predictor().version());
  } else {
    json.Key("reason").String(draining ? "draining" : serving::WhyNotReady(*predictor));
  }
  json.EndObject();
  return yes ? 200 : 503;
}

}  // namespace credence::api::ops
