#include "cli/card_figures.h"

#include <cmath>
#include <cstdio>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "reliability/report_card.h"

namespace credence::cli {
namespace {

using reliability::Estimate;

// Short names of figures of the card.
constexpr std::pair<const char*, const char*> kShort[] = {
    {"risk", "error_among_reliable"},     {"reliable", "verdicts.reliable"},
    {"uncertain", "verdicts.uncertain"},  {"unfamiliar", "verdicts.unfamiliar"},
    {"ece", "confidence.ece_equal_mass"}, {"coverage", "sets.95.coverage"},
};

CardFigure Measured(const Estimate& estimate, std::size_t rows) {
  std::string basis = "not defined";
  if (!std::isnan(estimate.value)) {
    const char* const interval = std::isnan(estimate.low) ? "no interval" : "95 % interval";
    basis = std::string(interval) + ", " + std::to_string(rows) + " pictures";
  }
  return {.estimate = estimate, .basis = std::move(basis)};
}

void AddShort(CardFigures& figures) {
  for (const auto& [name, of] : kShort) {
    if (const auto at = figures.find(std::string_view(of)); at != figures.end()) {
      figures[name] = at->second;
    }
  }
  if (const auto at = figures.find(std::string_view("accuracy")); at != figures.end()) {
    CardFigure errors = at->second;
    errors.estimate = {.value = 1 - at->second.estimate.value,
                       .low = 1 - at->second.estimate.high,
                       .high = 1 - at->second.estimate.low};
    figures["errors"] = std::move(errors);
  }
}

CardFigure Certified(const reliability::Profile& profile) {
  CardFigure figure;
  if (!profile.rule.rung) {
    figure.basis = "no error rate was certified: nothing is called reliable";
    return figure;
  }
  figure.estimate.value = profile.rule.risk();
  figure.estimate.high = profile.rule.risk();
  char text[64];
  std::snprintf(text, sizeof text, "certified, confidence %g %%", 100 * (1 - profile.risk_error));
  figure.basis = text;
  return figure;
}

double NumberOr(const nlohmann::json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_number() ? at->get<double>() : std::nan("");
}

std::string NamesOf(const CardFigures& figures) {
  std::string names;
  for (const auto& [name, figure] : figures) names.append(names.empty() ? "" : ", ").append(name);
  return names;
}

}  // namespace

CardFigures FiguresOf(const reliability::Profile& profile) {
  CardFigures figures;
  reliability::VisitFigures(profile.card, [&](const std::string& name, const Estimate& estimate) {
    figures[name] = Measured(estimate, profile.card.rows);
  });
  AddShort(figures);
  figures["risk"] = Certified(profile);
  return figures;
}

Result<CardFigures> ParseReport(std::string_view text) {
  if (IsTooDeep(text)) return Error{Code::kDataLoss, "not a report: " + std::string(kJsonTooDeep)};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto card = json.is_object() ? json.find("card") : json.end();
  if (!json.is_object() || card == json.end() || !card->is_object()) {
    return Error{Code::kDataLoss,
                 "not a report: want what `credence evaluate --json` prints, with a \"card\""};
  }
  const auto rows = card->find("rows");
  const std::size_t count =
      rows != card->end() && rows->is_number_unsigned() ? rows->get<std::size_t>() : 0;
  CardFigures figures;
  for (const auto& [name, value] : card->items()) {
    if (!value.is_object()) continue;
    figures[name] = Measured({.value = NumberOr(value, "value"),
                              .low = NumberOr(value, "low"),
                              .high = NumberOr(value, "high")},
                             count);
  }
  AddShort(figures);
  return figures;
}

Result<std::vector<CheckedRequirement>> Check(const std::vector<serving::Requirement>& requirements,
                                              const CardFigures& figures) {
  std::vector<CheckedRequirement> checked;
  for (const serving::Requirement& requirement : requirements) {
    const auto figure = figures.find(requirement.figure);
    if (figure == figures.end()) {
      return Error{Code::kInvalidArgument, "the report card has no figure \"" + requirement.figure +
                                               "\"; there is: " + NamesOf(figures)};
    }
    const Estimate& estimate = figure->second.estimate;
    const bool at_most = requirement.relation == serving::Relation::kAtMost;
    const double end = at_most ? estimate.high : estimate.low;
    const double bound = std::isnan(end) ? estimate.value : end;
    checked.push_back({.requirement = requirement,
                       .figure = figure->second,
                       .bound = bound,
                       .holds = !std::isnan(estimate.value) && requirement.holds(bound)});
  }
  return checked;
}

}  // namespace credence::cli
