#include "calibration/report_text.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include "reliability/fit.h"

namespace credence::calibration {
namespace {

using reliability::ConfidenceQuality;
using reliability::Estimate;

[[gnu::format(printf, 2, 3)]] void Add(std::string& out, const char* format, ...) {
  char line[500];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  out += line;
}

// ".9841 [.97, .99]" without an interval where there is none; "-" where it is not defined.
std::string Figure(const Estimate& estimate, double factor = 1) {
  if (!std::isfinite(estimate.value)) return "-";
  char text[80];
  std::snprintf(text, sizeof text, "%.4f", estimate.value * factor);
  std::string out = text;
  if (std::isfinite(estimate.low) && std::isfinite(estimate.high)) {
    std::snprintf(text, sizeof text, " [%.4f, %.4f]", estimate.low * factor,
                  estimate.high * factor);
    out += text;
  }
  return out;
}

void AddLine(std::string& out, const char* name, const Estimate& estimate) {
  Add(out, "  %-34s %s\n", name, Figure(estimate).c_str());
}

struct QualityRow {
  const char* name;
  Estimate ConfidenceQuality::*figure;
  double factor = 1;
};
constexpr QualityRow kQualityRows[] = {
    {"error AUROC", &ConfidenceQuality::error_auroc},
    {"error FPR at 95 % TPR", &ConfidenceQuality::error_fpr95},
    {"AURC x 1000", &ConfidenceQuality::aurc, 1000},
    {"E-AURC x 1000", &ConfidenceQuality::e_aurc, 1000},
    {"AUGRC x 1000", &ConfidenceQuality::augrc, 1000},
    {"ECE, equal width", &ConfidenceQuality::ece_equal_width},
    {"ECE, equal mass", &ConfidenceQuality::ece_equal_mass},
    {"NLL", &ConfidenceQuality::nll},
    {"Brier", &ConfidenceQuality::brier},
    {"coverage at 1 % risk", &ConfidenceQuality::coverage_at_risk_1},
    {"coverage at 2 % risk", &ConfidenceQuality::coverage_at_risk_2},
    {"coverage at 5 % risk", &ConfidenceQuality::coverage_at_risk_5},
};

void AddQuality(std::string& out, const reliability::ReportCard& card) {
  Add(out, "  %-24s %-26s  %-15s %s\n", "", "P(correct)", "scaled softmax", "max softmax");
  for (const QualityRow& row : kQualityRows) {
    Add(out, "  %-24s %-26s  %-15s %s\n", row.name,
        Figure(card.confidence.*row.figure, row.factor).c_str(),
        Figure(card.scaled_softmax.*row.figure, row.factor).c_str(),
        Figure(card.max_softmax.*row.figure, row.factor).c_str());
  }
}

void AddSets(std::string& out, const reliability::ReportCard& card) {
  Add(out, "  %-16s %-26s %-26s %-26s %s\n", "prediction set", "coverage", "mean size",
      "a single class", "worst class");
  for (std::size_t i = 0; i < card.sets.size(); ++i) {
    const reliability::SetQuality& set = card.sets[i];
    Add(out, "  %-2.0f %%             %-26s %-26s %-26s %s\n",
        100 * reliability::kCoverageLevels[i], Figure(set.coverage).c_str(),
        Figure(set.mean_size).c_str(), Figure(set.single_class).c_str(),
        Figure(set.worst_class_coverage).c_str());
  }
}

void WriteEstimate(const Estimate& estimate, JsonWriter& json) {
  json.BeginObject().Key("value").Number(estimate.value);
  if (std::isfinite(estimate.low)) {
    json.Key("low").Number(estimate.low).Key("high").Number(estimate.high);
  }
  json.EndObject();
}

void AddScaling(std::string& out, const Calibration& c) {
  Add(out, "  value range   %s%s, %s\n", c.profile.scaling.name.c_str(),
      c.profile.scaling.inverted ? " inverted" : "",
      c.scaling_given ? "as given" : "found by how well the model then predicts the labels:");
  for (const reliability::ScalingRow& row : c.profile.scaling_table) {
    const bool chosen =
        row.name == c.profile.scaling.name && row.inverted == c.profile.scaling.inverted;
    Add(out, "                  %s %-13s%-9s %8.4f nats\n", chosen ? "*" : " ", row.name.c_str(),
        row.inverted ? " inverted" : "", row.criterion);
  }
  if (!c.scaling_given && std::isfinite(c.scaling.margin)) {
    Add(out, "                margin to the next best: %.4f nats\n", c.scaling.margin);
  }
}

void AddFraming(std::string& out, const Calibration& c) {
  const LearnedFraming& f = c.framing;
  if (c.contract.background) {
    Add(out, "  background    %d; a uniform border in %.1f %% of %lld pictures\n",
        *c.contract.background, 100 * f.uniform_share, static_cast<long long>(f.pictures));
  } else {
    Add(out, "  background    not uniform (only in %.1f %% of %lld pictures)\n",
        100 * f.uniform_share, static_cast<long long>(f.pictures));
  }
  if (c.contract.framing == image::Framing::kObject) {
    const image::ObjectFraming& object = c.contract.object;
    Add(out,
        "  framing       object: longest side %.3f of the picture (within 20 %% in %.1f %%), "
        "centred by %s, strokes %.3f\n",
        static_cast<double>(object.longest_side_share), 100 * f.stable_share,
        object.centring == image::Centring::kMass ? "mass" : "box",
        static_cast<double>(object.stroke_width_share.value_or(0)));
  } else {
    Add(out, "  framing       whole\n");
  }
}

void AddThreshold(std::string& out, const Calibration& c) {
  const reliability::Profile& p = c.profile;
  if (p.rule.theta) {
    Add(out,
        "  reliable      P(correct) >= %.4f (logit %.1f): at most %g %% errors, with confidence "
        "%g %%\n",
        reliability::Sigmoid(*p.rule.theta), *p.rule.theta, 100 * p.risk, 100 * (1 - p.risk_error));
    return;
  }
  Add(out, "  reliable      never: no error rate could be certified\n");
  for (const reliability::RiskSearch& search : c.report.risks) {
    if (!search.start || search.path.empty()) {
      Add(out, "                %g %%: too few pictures; at least %zu must be confident\n",
          100 * search.risk, 2 * search.rows_needed);
    } else {
      const reliability::RiskStep& last = search.path.back();
      Add(out, "                %g %%: %zu errors in %zu at logit %.1f\n", 100 * search.risk,
          last.errors, last.accepted, last.logit);
    }
  }
}

}  // namespace

std::string ToText(const reliability::ReportCard& card) {
  std::string out;
  Add(out, "  %-34s %zu\n", "pictures", card.rows);
  AddLine(out, "accuracy", card.accuracy);
  AddQuality(out, card);
  AddSets(out, card);
  AddLine(out, "reliable", card.reliable);
  AddLine(out, "uncertain", card.uncertain);
  AddLine(out, "unfamiliar", card.unfamiliar);
  AddLine(out, "errors among reliable", card.error_among_reliable);
  AddLine(out, "uncertain of correct answers", card.uncertain_of_correct);
  AddLine(out, "flagged at p <= 1 %", card.flagged_1);
  AddLine(out, "flagged at p <= 5 %", card.flagged_5);
  return out;
}

void WriteJson(const reliability::ReportCard& card, JsonWriter& json) {
  json.BeginObject().Key("rows").Number(card.rows);
  reliability::VisitFigures(card, [&](const std::string& name, const Estimate& estimate) {
    json.Key(name);
    WriteEstimate(estimate, json);
  });
  json.EndObject();
}

std::string ToText(const Calibration& c) {
  std::string out;
  const reliability::Profile& p = c.profile;
  Add(out,
      "  pictures      %zu: %zu learn, %zu certify; the model should not have been trained on "
      "them\n",
      p.provenance.rows_a + p.provenance.rows_b, p.provenance.rows_a, p.provenance.rows_b);
  AddScaling(out, c);
  AddFraming(out, c);
  if (p.stochastic)
    Add(out, "  answers       at random: the mean of %zu passes a picture\n", p.passes);
  Add(out, "  features      %s\n",
      p.has_features()
          ? (std::to_string(p.feature_size) + " (" + p.provenance.feature_name + ")").c_str()
          : "none");
  Add(out, "  temperature   %.4f\n", p.temperature);
  AddThreshold(out, c);
  if (!c.report.missing_classes.empty()) {
    std::string names;
    for (const std::int32_t k : c.report.missing_classes) names += " " + std::to_string(k);
    Add(out, "  classes without a picture in the learning half:%.400s\n", names.c_str());
  }
  Add(out, "  duplicates    %zu of the certifying pictures are also in the learning half\n",
      c.report.duplicates);
  for (const std::string& warning : c.warnings) Add(out, "  warning: %s\n", warning.c_str());
  Add(out,
      "\nreport card of the certifying half (the profile's own; `credence evaluate` on other "
      "pictures is the test)\n");
  return out + ToText(p.card);
}

void WriteJson(const Calibration& c, JsonWriter& json) {
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

std::string ToText(const Evaluation& evaluation) {
  std::string out = ToText(evaluation.card);
  Add(out, "  %-34s %.4f\n", "mean P(correct)", evaluation.mean_confidence);
  if (evaluation.invalid != 0) {
    Add(out, "  warning: left out %zu pictures for which the model's output is not finite\n",
        evaluation.invalid);
  }
  if (evaluation.calibration_data) {
    Add(out, "  warning: these are the pictures that the profile was fitted on; take others\n");
  }
  for (const Foreign& foreign : evaluation.foreign) {
    Add(out, "\nunfamiliar pictures: %s\n", foreign.name.c_str());
    Add(out, "  %-34s %zu\n", "pictures", foreign.card.rows);
    AddLine(out, "AUROC", foreign.card.auroc);
    AddLine(out, "FPR at 95 % TPR", foreign.card.fpr95);
    AddLine(out, "AUPR", foreign.card.aupr);
    AddLine(out, "flagged at p <= 1 %", foreign.card.flagged_1);
    AddLine(out, "flagged at p <= 5 %", foreign.card.flagged_5);
    AddLine(out, "called unfamiliar", foreign.card.unfamiliar);
    AddLine(out, "called reliable", foreign.card.reliable);
    AddLine(out, "joint AUROC", foreign.card.joint_auroc);
    AddLine(out, "joint AUROC, scaled softmax alone", foreign.card.joint_auroc_scaled_softmax);
  }
  return out;
}

void WriteJson(const Evaluation& evaluation, JsonWriter& json) {
  json.BeginObject().Key("card");
  WriteJson(evaluation.card, json);
  json.Key("meanConfidence").Number(evaluation.mean_confidence);
  json.Key("invalid").Number(evaluation.invalid);
  json.Key("calibrationData").Bool(evaluation.calibration_data).Key("foreign").BeginArray();
  for (const Foreign& foreign : evaluation.foreign) {
    const reliability::ForeignCard& card = foreign.card;
    json.BeginObject().Key("data").String(foreign.name).Key("rows").Number(card.rows);
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
      json.Key(name);
      WriteEstimate(*estimate, json);
    }
    json.EndObject();
  }
  json.EndArray().EndObject();
}

}  // namespace credence::calibration
