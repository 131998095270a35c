#include "reliability/profile_json.h"

#include <cmath>
#include <limits>

namespace credence::reliability {

// JSON has no infinities; NaN is null.
Json Number(double value) {
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double Number(const Json& json) {
  if (json.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (json == "inf") return std::numeric_limits<double>::infinity();
  if (json == "-inf") return -std::numeric_limits<double>::infinity();
  return json.get<double>();
}

Json WriteProvenance(const Provenance& p) {
  return {{"creator", p.creator},
          {"created", p.created},
          {"seed", p.seed},
          {"rows_a", p.rows_a},
          {"rows_b", p.rows_b},
          {"class_rows_a", p.class_rows_a},
          {"class_rows_b", p.class_rows_b},
          {"groups_a", p.groups_a},
          {"groups_b", p.groups_b},
          {"group_source", p.group_source},
          {"data_digest", p.data_digest},
          {"options", p.options},
          {"model_files", p.model_files},
          {"signature", p.signature},
          {"input_name", p.input_name},
          {"logits_name", p.logits_name},
          {"feature_name", p.feature_name}};
}

Provenance ReadProvenance(const Json& json) {
  Provenance p;
  json.at("creator").get_to(p.creator);
  json.at("created").get_to(p.created);
  json.at("seed").get_to(p.seed);
  json.at("rows_a").get_to(p.rows_a);
  json.at("rows_b").get_to(p.rows_b);
  json.at("class_rows_a").get_to(p.class_rows_a);
  json.at("class_rows_b").get_to(p.class_rows_b);
  json.at("groups_a").get_to(p.groups_a);
  json.at("groups_b").get_to(p.groups_b);
  json.at("group_source").get_to(p.group_source);
  json.at("data_digest").get_to(p.data_digest);
  json.at("options").get_to(p.options);
  json.at("model_files").get_to(p.model_files);
  json.at("signature").get_to(p.signature);
  json.at("input_name").get_to(p.input_name);
  json.at("logits_name").get_to(p.logits_name);
  json.at("feature_name").get_to(p.feature_name);
  return p;
}

Json WriteRule(const VerdictRule& rule) {
  Json shares = Json::array();
  for (const Rung& rung : rule.rungs) shares.push_back(rung.share);
  return {{"rungs", rule.rungs.size()},
          {"shares", std::move(shares)},
          {"rung", rule.rung ? Json(*rule.rung) : Json()},
          {"alpha_unfamiliar", rule.alpha_unfamiliar},
          {"alpha_reliable", rule.alpha_reliable},
          {"cost", rule.cost},
          {"class_cost", rule.class_cost},
          {"class_risk_max", rule.class_risk_max ? Json(*rule.class_risk_max) : Json()}};
}

void WriteEvidence(const Profile& p, Json& header) {
  header["evidence"] = {{"pixel_accuracy", p.evidence.pixels.pixel_accuracy},
                        {"model_accuracy", p.evidence.pixels.model_accuracy},
                        {"largest_class_share", p.evidence.pixels.largest_class_share},
                        {"content", p.evidence.content},
                        {"errors", p.evidence.errors},
                        {"energy_auroc", Number(p.evidence.energy_auroc)}};
  header["suspicion"] = {{"order_excess", Number(p.suspicion.order_excess)},
                         {"distance_median", Number(p.suspicion.distance_median)},
                         {"by_order", p.suspicion.by_order},
                         {"by_distance", p.suspicion.by_distance}};
}

VerdictRule ReadRule(const Json& json) {
  VerdictRule rule;
  const auto rungs = json.at("rungs").get<std::size_t>();
  if (rungs > kRungsMax) throw FormatError("a ladder of " + std::to_string(rungs) + " risks");
  for (std::size_t i = 0; i < rungs; ++i) {
    rule.rungs.push_back({.share = json.at("shares").at(i).get<double>()});
  }
  if (!json.at("rung").is_null()) rule.rung = json.at("rung").get<std::size_t>();
  json.at("alpha_unfamiliar").get_to(rule.alpha_unfamiliar);
  json.at("alpha_reliable").get_to(rule.alpha_reliable);
  json.at("cost").get_to(rule.cost);
  json.at("class_cost").get_to(rule.class_cost);
  if (!json.at("class_risk_max").is_null()) {
    rule.class_risk_max = json.at("class_risk_max").get<double>();
  }
  return rule;
}

void ReadEvidence(const Json& header, Profile& p) {
  const Json& evidence = header.at("evidence");
  evidence.at("pixel_accuracy").get_to(p.evidence.pixels.pixel_accuracy);
  evidence.at("model_accuracy").get_to(p.evidence.pixels.model_accuracy);
  evidence.at("largest_class_share").get_to(p.evidence.pixels.largest_class_share);
  evidence.at("content").get_to(p.evidence.content);
  evidence.at("errors").get_to(p.evidence.errors);
  p.evidence.energy_auroc = Number(evidence.at("energy_auroc"));
  const Json& suspicion = header.at("suspicion");
  p.suspicion.order_excess = Number(suspicion.at("order_excess"));
  p.suspicion.distance_median = Number(suspicion.at("distance_median"));
  suspicion.at("by_order").get_to(p.suspicion.by_order);
  suspicion.at("by_distance").get_to(p.suspicion.by_distance);
}

}  // namespace credence::reliability
