#include "api/native/describe.h"

#include "api/native/encode.h"
#include "base/json_writer.h"

namespace credence::api::native {
namespace {

void WriteVersion(const serving::ServedPredictor& predictor, const serving::ServedVersion& served,
                  JsonWriter& json) {
  json.BeginObject();
  if (served.version) {
    EncodePredictorFields(served.version->predictor(), served.version->run_cost_at_load(), json);
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

}  // namespace credence::api::native
