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
      {"confident", &card.confident},
      {"confident_ungated", &card.confident_ungated},
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

void WriteEvidence(const reliability::Profile& p, JsonWriter& json) {
  json.Key("evidence").BeginObject();
  json.Key("pixelAccuracy").Number(p.evidence.pixels.pixel_accuracy);
  json.Key("modelAccuracy").Number(p.evidence.pixels.model_accuracy);
  json.Key("largestClassShare").Number(p.evidence.pixels.largest_class_share);
  json.Key("content").Bool(p.evidence.content).Key("errors").Number(p.evidence.errors);
  json.Key("energyAuroc").Number(p.evidence.energy_auroc).Key("weights").BeginObject();
  for (std::size_t k = 0; k < reliability::kUnfamiliarityTerms; ++k) {
    json.DynamicKey(reliability::SignalName(reliability::kUnfamiliaritySignals[k]));
    json.Number(p.u_weight[k]);
  }
  json.EndObject().EndObject();
}

// The ladder, the classes' certificates and the worst groups.
void WriteCertificates(const calibration::Evaluation& evaluation, JsonWriter& json) {
  const auto figure = [&](const char* name, const Estimate& estimate) {
    json.DynamicKey(name);
    WriteEstimate(estimate, json);
  };
  const reliability::VerdictRule& rule = evaluation.profile.rule;
  json.Key("ladder").BeginArray();
  for (std::size_t i = 0; i < evaluation.ladder.size(); ++i) {
    const fitting::RungQuality& rung = evaluation.ladder[i];
    json.BeginObject().Key("risk").Number(rung.risk).Key("theta");
    json.Number(rule.rungs[i].theta.value_or(std::nan("")));
    json.Key("chosen").Bool(rule.rung == i).Key("saving").Number(rung.saving);
    figure("share", rung.share);
    figure("error", rung.error);
    json.EndObject();
  }
  json.EndArray().Key("certificates").BeginArray();
  for (std::size_t k = 0; k < evaluation.certificates.size(); ++k) {
    const calibration::ClassCertificate& c = evaluation.certificates[k];
    json.BeginObject().Key("label").String(evaluation.class_names[k]).Key("risk").Number(c.risk);
    json.Key("reliable").Number(c.reliable).Key("errors").Number(c.errors).EndObject();
  }
  json.EndArray().Key("worstGroups").BeginArray();
  for (const calibration::GroupErrors& group : evaluation.worst_groups) {
    json.BeginObject().Key("first").String(group.first).Key("rows").Number(group.rows);
    json.Key("errors").Number(group.errors);
    json.Key("reliableErrors").Number(group.reliable_errors).EndObject();
  }
  json.EndArray();
}

void WriteFields(const std::vector<fitting::FieldCard>& fields, JsonWriter& json) {
  const auto figure = [&](const char* name, const Estimate& estimate) {
    json.DynamicKey(name);
    WriteEstimate(estimate, json);
  };
  json.Key("fields").BeginArray();
  for (const fitting::FieldCard& card : fields) {
    json.BeginObject().Key("length").Number(card.length).Key("given").Bool(card.given);
    json.Key("rows").Number(card.fields);
    figure("right", card.right);
    json.Key("meanPCorrect").Number(card.mean_p_correct);
    json.Key("meanConfidence").Number(card.mean_confidence);
    json.Key("ece").Number(card.ece).Key("errorAuroc").Number(card.error_auroc);
    figure("reliable", card.reliable);
    figure("uncertain", card.uncertain);
    figure("unfamiliar", card.unfamiliar);
    figure("errorAmongReliable", card.error_among_reliable);
    json.Key("ladder").BeginArray();
    for (const fitting::FieldCard::Rung& rung : card.rungs) {
      json.BeginObject().Key("risk").Number(rung.risk).Key("certified").Bool(rung.certified);
      json.Key("chosen").Bool(rung.chosen);
      figure("share", rung.share);
      figure("error", rung.error);
      json.EndObject();
    }
    json.EndArray().EndObject();
  }
  json.EndArray();
}

void WriteLadder(const reliability::VerdictRule& rule, JsonWriter& json) {
  json.Key("risk").Number(rule.risk()).Key("theta");
  json.Number(rule.theta().value_or(std::nan(""))).Key("ladder").BeginArray();
  for (const reliability::Rung& rung : rule.rungs) {
    json.BeginObject().Key("risk").Number(rung.risk).Key("theta");
    json.Number(rung.theta.value_or(std::nan(""))).Key("share").Number(rung.share).EndObject();
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
    json.Key("fpr95");
    WriteEstimate(comparison.score.fpr95, json);
    json.Key("difference");
    WriteEstimate(comparison.score.difference, json);
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
  json.Bool(p.scaling.inverted)
      .Key("given")
      .Bool(c.range_from != calibration::RangeFrom::kFound)
      .Key("margin");
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
  json.Key("groupsA").Number(p.provenance.groups_a).Key("groupsB").Number(p.provenance.groups_b);
  json.Key("groupSource").String(p.provenance.group_source);
  json.Key("certifying").Number(p.certifying());
  json.Key("suspicion").BeginObject();
  json.Key("orderExcess").Number(p.suspicion.order_excess);
  json.Key("distanceMedian").Number(p.suspicion.distance_median);
  json.Key("byOrder").Bool(p.suspicion.by_order);
  json.Key("byDistance").Bool(p.suspicion.by_distance).EndObject();
  WriteEvidence(p, json);
  json.Key("cost").Number(p.rule.cost).Key("foreignShare").Number(p.foreign_share);
  WriteLadder(p.rule, json);
  json.Key("classRisk").BeginArray();
  for (const double risk : p.rule.class_risk) json.Number(risk);
  json.EndArray();
  json.Key("fields").BeginArray();
  for (std::size_t i = 0; i < p.fields.size(); ++i) {
    json.BeginObject().Key("length").Number(p.fields[i].length);
    json.Key("given").Bool(p.fields[i].given);
    json.Key("certifying").Number(p.fields[i].u_sorted.size());
    json.Key("wrong").Number(c.report.fields[i].wrong);
    WriteLadder(p.fields[i].rule, json);
    json.EndObject();
  }
  json.EndArray();
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
  json.Key("meanPCorrect").Number(evaluation.mean_p_correct);
  json.Key("invalid").Number(evaluation.assessed.invalid);
  json.Key("calibrationData").Bool(evaluation.calibration_data).Key("warnings").BeginArray();
  for (const std::string& warning : evaluation.warnings) json.String(warning);
  json.EndArray();
  WriteBreakdown(evaluation, json);
  WriteCertificates(evaluation, json);
  WriteFields(evaluation.fields, json);
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
