// What calibration found, for a terminal.
#include <cmath>

#include "fitting/fit.h"
#include "report/append.h"
#include "report/text.h"

namespace credence::report {
namespace {

const char* RangeSource(calibration::RangeFrom from) {
  switch (from) {
    case calibration::RangeFrom::kFound:
      break;
    case calibration::RangeFrom::kVersion:
      return "as input.json states";
    case calibration::RangeFrom::kFlag:
      return "as given";
  }
  return "found by how well the model then predicts the labels:";
}

void AddScaling(std::string& out, const calibration::Calibration& c) {
  const bool found = c.range_from == calibration::RangeFrom::kFound;
  Append(out, "  value range   %s%s, %s\n", c.profile.scaling.name.c_str(),
         c.profile.scaling.inverted ? " inverted" : "", RangeSource(c.range_from));
  for (const reliability::ScalingRow& row : c.profile.scaling_table) {
    const bool chosen =
        row.name == c.profile.scaling.name && row.inverted == c.profile.scaling.inverted;
    Append(out, "                  %s %-13s%-9s %8.4f nats\n", chosen ? "*" : " ", row.name.c_str(),
           row.inverted ? " inverted" : "", row.criterion);
  }
  if (found && std::isfinite(c.scaling.margin)) {
    Append(out, "                margin to the next best: %.4f nats\n", c.scaling.margin);
  }
}

void AddFraming(std::string& out, const calibration::Calibration& c) {
  const calibration::LearnedFraming& f = c.framing;
  if (c.contract.background) {
    Append(out, "  background    %d; a uniform border in %.1f %% of %lld pictures\n",
           *c.contract.background, 100 * f.uniform_share, static_cast<long long>(f.pictures));
  } else {
    Append(out, "  background    not uniform (only in %.1f %% of %lld pictures)\n",
           100 * f.uniform_share, static_cast<long long>(f.pictures));
  }
  if (c.contract.framing == image::Framing::kObject) {
    const image::ObjectFraming& object = c.contract.object;
    Append(out,
           "  framing       object: longest side %.3f of the picture (within 20 %% in %.1f %%), "
           "centred by %s, strokes %.3f\n",
           static_cast<double>(object.longest_side_share), 100 * f.stable_share,
           object.centring == image::Centring::kMass ? "mass" : "box",
           static_cast<double>(object.stroke_width_share.value_or(0)));
  } else {
    Append(out, "  framing       whole\n");
  }
}

// A line a certified risk, and why others are not. probability: what the thresholds are of.
void AddRungs(std::string& out, const reliability::VerdictRule& rule,
              const std::vector<fitting::RiskSearch>& searches, const char* probability,
              const char* rows) {
  for (std::size_t i = 0; i < rule.rungs.size(); ++i) {
    const reliability::Rung& rung = rule.rungs[i];
    const fitting::RiskSearch& search = searches[i];
    if (rung.theta) {
      Append(out, "              %s %4g %% wrong: %s >= %.4f, %.1f %% of the %s\n",
             rule.rung == i ? "*" : " ", 100 * rung.risk, probability,
             reliability::Sigmoid(*rung.theta), 100 * rung.share, rows);
    } else if (search.too_few_rows()) {
      Append(out,
             "                %4g %% wrong: not certified; %zu %s are confident, %zu must be\n",
             100 * rung.risk, search.stop().accepted, rows, search.rows_needed);
    } else {
      const fitting::RiskStep last = search.stop();
      Append(out,
             "                %4g %% wrong: not certified; %zu errors in %zu with %s >= %.4f\n",
             100 * rung.risk, last.errors, last.accepted, probability,
             reliability::Sigmoid(last.logit));
    }
  }
}

void AddLadder(std::string& out, const calibration::Calibration& c) {
  const reliability::VerdictRule& rule = c.profile.rule;
  Append(out,
         "  certified     with confidence %g %% for all risks at once; a wrong accepted answer "
         "costs %g of a person\n",
         100 * (1 - c.profile.risk_error), rule.cost);
  AddRungs(out, rule, c.report.risks, "P(correct)", "pictures");
  if (!rule.rung) {
    out += "  reliable      never: no error rate could be certified\n";
    return;
  }
  std::size_t own = 0;
  for (const double risk : rule.class_risk) own += std::isnan(risk) ? 0 : 1;
  Append(out,
         "  reliable      answers of the starred line; %zu of %zu classes are certified on their "
         "own, too\n",
         own, c.profile.classes);
}

void AddFields(std::string& out, const calibration::Calibration& c) {
  for (std::size_t i = 0; i < c.profile.fields.size(); ++i) {
    const reliability::FieldCertificate& field = c.profile.fields[i];
    const fitting::FieldSearch& search = c.report.fields[i];
    Append(out, "  fields of %-3zu %zu certify, %s; %zu of them have a wrong picture\n",
           field.length, field.u_sorted.size(),
           field.given ? "the groups" : "made of independent pictures", search.wrong);
    AddRungs(out, field.rule, search.searches, "P(all right)", "fields");
  }
}

void AddGroups(std::string& out, const calibration::Calibration& c) {
  const reliability::Provenance& from = c.profile.provenance;
  if (!from.group_source.empty()) {
    Append(out, "  groups        %zu learn, %zu certify, by one picture each (by %s)\n",
           from.groups_a, from.groups_b, from.group_source.c_str());
    return;
  }
  const auto number = [](double v) {
    std::string text;
    Append(text, "%.4f", v);
    return std::isnan(v) ? std::string("-") : text;
  };
  Append(out,
         "  groups        none named; signs of pictures that belong together: order %s (alarm from "
         ".10), distance %s (alarm to -.9)\n",
         number(c.profile.suspicion.order_excess).c_str(),
         number(c.profile.suspicion.distance_median).c_str());
}

void AddEvidence(std::string& out, const reliability::Profile& p) {
  Append(out, "  familiarity   by");
  for (std::size_t k = 0; k < reliability::kUnfamiliarityTerms; ++k) {
    if (std::isnan(p.u_weight[k])) continue;
    Append(out, " %s (%.2f)",
           std::string(reliability::SignalName(reliability::kUnfamiliaritySignals[k])).c_str(),
           p.u_weight[k]);
  }
  Append(out, "; %s\n",
         !p.has_pixels()      ? "there is no pixel model"
         : p.evidence.content ? "the pixel model knows the shapes"
                              : "the pixel model knows too little of the classes to judge shapes");
}

}  // namespace

std::string ToText(const calibration::Calibration& c) {
  std::string out;
  const reliability::Profile& p = c.profile;
  Append(out,
         "  pictures      %zu: %zu learn, %zu certify; the model should not have been trained on "
         "them\n",
         p.provenance.rows_a + p.provenance.rows_b, p.provenance.rows_a, p.provenance.rows_b);
  AddScaling(out, c);
  AddFraming(out, c);
  if (p.stochastic)
    Append(out, "  answers       at random: the mean of %zu passes a picture\n", p.passes);
  Append(out, "  features      %s\n",
         p.has_features()
             ? (std::to_string(p.feature_size) + " (" + p.provenance.feature_name + ")").c_str()
             : "none");
  Append(out, "  temperature   %.4f\n", p.temperature);
  AddEvidence(out, p);
  AddGroups(out, c);
  AddLadder(out, c);
  AddFields(out, c);
  if (!c.report.missing_classes.empty()) {
    std::string names;
    for (const std::int32_t k : c.report.missing_classes) names += " " + std::to_string(k);
    Append(out, "  classes without a picture in the learning half:%.400s\n", names.c_str());
  }
  Append(out, "  duplicates    %zu of the certifying pictures are also in the learning half\n",
         c.report.duplicates);
  for (const std::string& warning : c.warnings) Append(out, "  warning: %s\n", warning.c_str());
  Append(out,
         "\nreport card of the certifying half (the profile's own; `credence evaluate` on other "
         "pictures is the test)\n");
  return out + ToText(p.card);
}

}  // namespace credence::report
