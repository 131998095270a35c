#include "api/ops/drift.h"

#include <cmath>

#include "base/json_writer.h"
#include "base/time_text.h"

namespace credence::api::ops {

Result<void> Drift(const serving::Version& version, bool reset, std::string& out) {
  const predictor::Predictor& predictor = version.predictor();
  serving::DriftWatch* watch = version.drift();
  if (watch == nullptr) {
    return Error{Code::kFailedPrecondition,
                 predictor.name() + " version " + std::to_string(predictor.version()) +
                     " has no reliability profile to measure drift against; `credence calibrate` "
                     "makes one"};
  }
  if (reset) watch->Reset();
  const serving::DriftState state = watch->State();
  JsonWriter json(out);
  json.BeginObject().Key("name").String(predictor.name());
  json.Key("version").Number(predictor.version());
  json.Key("state").String(state.since ? "drifting" : "ordinary").Key("since");
  if (state.since) {
    json.String(Rfc3339(*state.since));
  } else {
    json.Null();
  }
  json.Key("logEvidence").Number(state.log_evidence);  // null before the first prediction
  json.Key("alarmAt").Number(std::log(reliability::kDriftAlarm));
  json.Key("alarms").Number(state.alarms).Key("predictions").Number(state.predictions);
  json.Key("countedFrom").String(Rfc3339(state.from)).EndObject();
  return {};
}

void RefreshDriftMetrics(const serving::Catalog& catalog) {
  for (const auto& served : catalog.predictors()) {
    for (const auto& one : served.versions) {
      if (!one.version || one.version->drift() == nullptr) continue;
      const serving::DriftState state = one.version->drift()->State();
      const serving::DriftMetrics& drift = one.version->metrics().drift;
      metrics::Set(*drift.log_evidence, state.log_evidence);
      metrics::Set(*drift.drifting, state.since ? 1 : 0);
    }
  }
}

}  // namespace credence::api::ops
