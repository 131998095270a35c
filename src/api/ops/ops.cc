#include "api/ops/ops.h"

#include "api/native/encode.h"
#include "base/json_writer.h"

namespace credence::api::ops {
namespace {

void WriteVersion(const serving::ServedPredictor& predictor, const serving::ServedVersion& served,
                  JsonWriter& json) {
  json.BeginObject();
  if (served.version) {
    native::EncodePredictorFields(served.version->predictor(), served.version->run_cost_at_load(),
                                  json);
    if (!served.error.empty()) json.Key("changeRefused").String(served.error);
  } else {
    json.Key("name").String(predictor.name).Key("version").Number(served.number);
    json.Key("state").String(serving::StateWord(served));
    if (!served.error.empty()) json.Key("reason").String(served.error);
  }
  json.Key("versionLabels").BeginArray();
  for (const auto& [label, version] : predictor.labels) {
    if (version == served.number) json.String(label);
  }
  json.EndArray().Key("answersByDefault");
  json.Bool(served.version && served.version.get() == predictor.latest()).EndObject();
}

}  // namespace

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

void DescribeCatalog(const serving::Catalog& catalog, std::string& out) {
  JsonWriter json(out);
  json.BeginObject().Key("default");
  if (catalog.default_name().empty()) {
    json.Null();
  } else {
    json.String(catalog.default_name());
  }
  json.Key("predictors").BeginArray();
  for (const auto& predictor : catalog.predictors()) {
    for (const auto& served : predictor.versions) WriteVersion(predictor, served, json);
  }
  json.EndArray().EndObject();
}

void DescribeVersion(const serving::Catalog& catalog, const serving::Version& version,
                     std::string& out) {
  JsonWriter json(out);
  const serving::ServedPredictor& predictor = *catalog.FindPredictor(version.predictor().name());
  for (const serving::ServedVersion& served : predictor.versions) {
    if (served.version.get() == &version) WriteVersion(predictor, served, json);
  }
}

}  // namespace credence::api::ops
