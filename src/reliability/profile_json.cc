#include "reliability/profile_json.h"

#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

namespace credence::reliability {

namespace {

// Calls visit(name, member) for each member: one list for writing and reading.
template <class P, class Visit>
requires std::same_as<std::remove_const_t<P>, Provenance>
void VisitMembers(P& p, Visit&& visit) {
  visit("creator", p.creator);
  visit("created", p.created);
  visit("seed", p.seed);
  visit("rows_a", p.rows_a);
  visit("rows_b", p.rows_b);
  visit("class_rows_a", p.class_rows_a);
  visit("class_rows_b", p.class_rows_b);
  visit("groups_a", p.groups_a);
  visit("groups_b", p.groups_b);
  visit("group_source", p.group_source);
  visit("data_digest", p.data_digest);
  visit("options", p.options);
  visit("model_files", p.model_files);
  visit("signature", p.signature);
  visit("input_name", p.input_name);
  visit("logits_name", p.logits_name);
  visit("feature_name", p.feature_name);
}

template <class E, class Visit>
requires std::same_as<std::remove_const_t<E>, Evidence>
void VisitMembers(E& e, Visit&& visit) {
  visit("pixel_accuracy", e.pixels.pixel_accuracy);
  visit("model_accuracy", e.pixels.model_accuracy);
  visit("largest_class_share", e.pixels.largest_class_share);
  visit("content", e.content);
  visit("errors", e.errors);
  visit("energy_auroc", e.energy_auroc);
}

template <class S, class Visit>
requires std::same_as<std::remove_const_t<S>, GroupSuspicion>
void VisitMembers(S& s, Visit&& visit) {
  visit("order_excess", s.order_excess);
  visit("distance_median", s.distance_median);
  visit("by_order", s.by_order);
  visit("by_distance", s.by_distance);
}

template <class T>
Json WriteMembers(const T& from) {
  Json json;
  VisitMembers(from, [&]<class Member>(const char* name, const Member& member) {
    if constexpr (std::is_same_v<Member, double>) {
      json[name] = Number(member);
    } else {
      json[name] = member;
    }
  });
  return json;
}

template <class T>
T ReadMembers(const Json& json) {
  T to;
  VisitMembers(to, [&]<class Member>(const char* name, Member& member) {
    if constexpr (std::is_same_v<Member, double>) {
      member = Number(json.at(name));
    } else {
      json.at(name).get_to(member);
    }
  });
  return to;
}

}  // namespace

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

Json WriteProvenance(const Provenance& p) { return WriteMembers(p); }
Provenance ReadProvenance(const Json& json) { return ReadMembers<Provenance>(json); }

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

Json WriteFields(const std::vector<FieldCertificate>& fields) {
  Json json = Json::array();
  for (const FieldCertificate& field : fields) {
    Json thresholds = Json::array();
    for (const Rung& rung : field.rule.rungs) {
      thresholds.push_back(
          {{"risk", rung.risk}, {"theta", rung.theta ? Json(*rung.theta) : Json()}});
    }
    json.push_back({{"length", field.length},
                    {"given", field.given},
                    {"rows", field.u_sorted.size()},
                    {"rule", WriteRule(field.rule)},
                    {"thresholds", std::move(thresholds)}});
  }
  return json;
}

std::vector<FieldCertificate> ReadFields(const Json& json, std::span<const double> u) {
  std::vector<FieldCertificate> fields;
  for (const Json& from : json) {
    FieldCertificate& field = fields.emplace_back();
    from.at("length").get_to(field.length);
    from.at("given").get_to(field.given);
    const auto rows = from.at("rows").get<std::size_t>();
    if (rows > u.size()) throw FormatError("array field_u is too short");
    field.u_sorted.assign(u.begin(), u.begin() + static_cast<std::ptrdiff_t>(rows));
    u = u.subspan(rows);
    field.rule = ReadRule(from.at("rule"));
    for (std::size_t i = 0; i < field.rule.rungs.size(); ++i) {
      const Json& threshold = from.at("thresholds").at(i);
      threshold.at("risk").get_to(field.rule.rungs[i].risk);
      if (!threshold.at("theta").is_null()) {
        field.rule.rungs[i].theta = threshold.at("theta").get<double>();
      }
    }
  }
  return fields;
}

void WriteEvidence(const Profile& p, Json& header) {
  header["evidence"] = WriteMembers(p.evidence);
  header["suspicion"] = WriteMembers(p.suspicion);
}

void ReadEvidence(const Json& header, Profile& p) {
  p.evidence = ReadMembers<Evidence>(header.at("evidence"));
  p.suspicion = ReadMembers<GroupSuspicion>(header.at("suspicion"));
}

}  // namespace credence::reliability
