// text.h as JSON.
#include <cmath>
#include <utility>

#include "report/text.h"

namespace credence::report {
namespace {

using reliability::Estimate;

void WriteEstimate(const Estimate& estimate, JsonWriter& json) {
  json.BeginObject().Key("value").Number(estimate.value);
  if (std::isfinite(estimate.low)) {
    json.Key("low").Number(estimate.low).Key("high").Number(estimate.high);
  }
  json.EndObject();
}

// {"auroc": {…}, …}: every figure of a foreign card.
void WriteForeignCard(const fitting::ForeignCard& card, JsonWriter& json) {
  const std::pair<const char*, const Estimate*> figures[] = {
      {"auroc", &card.auroc},
      {"fpr95", &card.fpr95},
      {"aupr", &card.aupr},
      {"flagged_1", &card.flagged_1},
      {"flagged_5", &card.flagged_5},
      {"unfamiliar", &card.unfamiliar},
      {"reliable", &card.reliable},
      {"joint_auroc", &card.joint_auroc},
      {"joint_auroc_scaled_softmax", &card.joint_auroc_scaled_softmax}};
  for (const auto& [name, estimate] : figures) {
    json.DynamicKey(name);
    WriteEstimate(*estimate, json);
  }
}

void WriteQuality(const reliability::ConfidenceQuality& quality, JsonWriter& json) {
  json.BeginObject();
  reliability::VisitQuality("", quality, [&](const std::string& name, const Estimate& estimate) {
    if (std::isnan(estimate.value)) return;
    json.DynamicKey(std::string_view(name).substr(1));  // the dot behind the empty prefix
    WriteEstimate(estimate, json);
  });
  json.EndObject();
}

void WriteBreakdown(const calibration::Evaluation& evaluation, JsonWriter& json) {
  const fitting::Breakdown& breakdown = evaluation.breakdown;
  const auto figure = [&](const char* name, const Estimate& estimate) {
    json.DynamicKey(name);
    WriteEstimate(estimate, json);
  };
  json.Key("verdicts").BeginArray();
  for (const fitting::VerdictQuality& v : breakdown.verdicts) {
    json.BeginObject().Key("verdict").String(reliability::VerdictName(v.verdict));
    json.Key("rows").Number(v.rows).Key("meanConfidence").Number(v.mean_confidence);
    figure("accuracy", v.accuracy);
    figure("secondOpinionAccuracy", v.second_opinion_accuracy);
    json.EndObject();
  }
  json.EndArray().Key("classes").BeginArray();
  const std::size_t k = breakdown.classes.size();
  for (std::size_t i = 0; i < k; ++i) {
    const fitting::ClassQuality& c = breakdown.classes[i];
    json.BeginObject().Key("label").String(evaluation.class_names[i]);
    json.Key("rows").Number(c.rows).Key("predicted").Number(c.predicted);
    figure("precision", c.precision);
    figure("recall", c.recall);
    figure("f1", c.f1);
    figure("secondOpinionRecall", c.second_opinion_recall);
    figure("reliable", c.reliable);
    figure("coverage95", c.coverage_95);
    json.EndObject();
  }
  json.EndArray().Key("confusion").BeginArray();
  for (std::size_t i = 0; i < k; ++i) {
    json.BeginArray();
    for (std::size_t j = 0; j < k; ++j) json.Number(breakdown.confusion[i * k + j]);
    json.EndArray();
  }
  json.EndArray();
}

void WriteForeign(const calibration::Foreign& foreign, JsonWriter& json) {
  json.BeginObject().Key("data").String(foreign.assessed.name);
  json.Key("rows").Number(foreign.card.rows).Key("invalid").Number(foreign.assessed.invalid);
  WriteForeignCard(foreign.card, json);
  json.Key("comparisons").BeginArray();
  for (const calibration::ForeignComparison& comparison : foreign.comparisons) {
    json.BeginObject().Key("name").String(comparison.name).Key("auroc");
    WriteEstimate(comparison.score.auroc, json);
    json.Key("joint_auroc");
    WriteEstimate(comparison.score.joint_auroc, json);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

}  // namespace

void WriteJson(const reliability::ReportCard& card, JsonWriter& json) {
  json.BeginObject().Key("rows").Number(card.rows);
  reliability::VisitFigures(card, [&](const std::string& name, const Estimate& estimate) {
    json.DynamicKey(name);
    WriteEstimate(estimate, json);
  });
  json.EndObject();
}

void WriteJson(const calibration::Calibration& c, JsonWriter& json) {
  const reliability::Profile& p = c.profile;
  json.BeginObject()
      .Key("rowsA")
      .Number(p.provenance.rows_a)
      .Key("rowsB")
      .Number(p.provenance.rows_b);
  json.Key("dataDigest").String(p.provenance.data_digest);
  json.Key("range").BeginObject().Key("name").String(p.scaling.name).Key("inverted");
  json.Bool(p.scaling.inverted).Key("given").Bool(c.scaling_given).Key("margin");
  json.Number(c.scaling.margin).Key("candidates").BeginArray();
  for (const reliability::ScalingRow& row : p.scaling_table) {
    json.BeginObject().Key("name").String(row.name).Key("inverted").Bool(row.inverted);
    json.Key("criterion").Number(row.criterion).EndObject();
  }
  json.EndArray().EndObject();
  json.Key("background");
  if (c.contract.background) {
    json.Number(*c.contract.background);
  } else {
    json.Null();
  }
  const bool object = c.contract.framing == image::Framing::kObject;
  json.Key("framing").String(object ? "object" : "whole");
  json.Key("stochastic").Bool(p.stochastic).Key("passes").Number(p.passes);
  json.Key("features").Number(p.feature_size).Key("temperature").Number(p.temperature);
  json.Key("risk").Number(p.risk).Key("theta");
  json.Number(p.rule.theta.value_or(std::nan("")));
  json.Key("duplicates").Number(c.report.duplicates).Key("missingClasses").BeginArray();
  for (const std::int32_t k : c.report.missing_classes) json.Number(k);
  json.EndArray().Key("warnings").BeginArray();
  for (const std::string& warning : c.warnings) json.String(warning);
  json.EndArray().Key("card");
  WriteJson(p.card, json);
  json.EndObject();
}

void WriteJson(const calibration::Evaluation& evaluation, JsonWriter& json) {
  json.BeginObject().Key("card");
  WriteJson(evaluation.card, json);
  json.Key("meanConfidence").Number(evaluation.mean_confidence);
  json.Key("invalid").Number(evaluation.assessed.invalid);
  json.Key("calibrationData").Bool(evaluation.calibration_data).Key("warnings").BeginArray();
  for (const std::string& warning : evaluation.warnings) json.String(warning);
  json.EndArray();
  WriteBreakdown(evaluation, json);
  json.Key("comparisons").BeginArray();
  for (const calibration::Comparison& comparison : evaluation.comparisons) {
    json.BeginObject().Key("name").String(comparison.name).Key("quality");
    WriteQuality(comparison.quality, json);
    json.Key("difference");
    WriteQuality(comparison.difference, json);
    json.EndObject();
  }
  json.EndArray();
  if (evaluation.other) {
    json.Key("other").BeginObject().Key("name").String(evaluation.other->name).Key("card");
    WriteJson(evaluation.other->card, json);
    json.EndObject();
  }
  json.Key("foreign").BeginArray();
  for (const calibration::Foreign& foreign : evaluation.foreign) WriteForeign(foreign, json);
  json.EndArray().EndObject();
}

}  // namespace credence::report
