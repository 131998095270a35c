#include "api/ops/ops.h"

#include "api/native/encode.h"
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

int Readiness(const serving::Catalog& catalog, bool draining, std::string& out) {
  const bool ready = catalog.ready() && !draining;
  JsonWriter json(out);
  json.BeginObject().Key("status").String(ready ? "ready" : "not ready");
  if (draining) {
    json.Key("reason").String("draining");
  } else if (catalog.predictors().empty()) {
    json.Key("reason").String("loading");
  }
  json.Key("warnings").BeginArray();
  for (const auto& predictor : catalog.predictors()) {
    for (const auto& served : predictor.versions) {
      const std::string& warning =
          served.version ? served.version->predictor().warning() : served.error;
      if (warning.empty()) continue;
      json.BeginObject().Key("name").String(predictor.name).Key("version").Number(served.number);
      json.Key("reason").String(warning).EndObject();
    }
  }
  json.EndArray().EndObject();
  return ready ? 200 : 503;
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
    for (const auto& served : predictor.versions) {
      if (served.version) {
        native::EncodePredictor(served.version->predictor(), served.version->run_cost_at_load(),
                                json);
        continue;
      }
      json.BeginObject().Key("name").String(predictor.name).Key("version").Number(served.number);
      json.Key("state").String("refused").Key("reason").String(served.error).EndObject();
    }
  }
  json.EndArray().EndObject();
}

}  // namespace credence::api::ops
