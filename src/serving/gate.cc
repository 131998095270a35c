#include "serving/gate.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/check.h"

namespace credence::serving {
namespace {

std::vector<GateFinding> Find(const GateRule& rule, double alpha, bool shadow,
                              const ComparisonCounts& counts) {
  std::vector<GateFinding> findings;
  for (const Requirement& condition : rule.conditions) {
    const auto figure = FindFigure(condition.figure);
    CREDENCE_CHECK(figure.has_value());
    GateFinding finding = {.condition = condition,
                           .alpha = alpha,
                           .measured = Measure(counts, *figure, shadow, alpha)};
    finding.enough = finding.measured.n >= rule.inputs_min;
    const Measured& m = finding.measured;
    finding.holds = finding.enough && condition.holds(m.low) && condition.holds(m.high);
    findings.push_back(std::move(finding));
  }
  return findings;
}

bool Holds(const GateFinding& finding) { return finding.holds; }

void AppendTexts(std::string& reason, const std::vector<GateFinding>& findings, bool holding) {
  for (const GateFinding& finding : findings) {
    if (finding.holds != holding) continue;
    if (!reason.empty()) reason += "; ";
    reason += ToText(finding);
  }
}

}  // namespace

std::string_view GateActionName(GateAction action) {
  switch (action) {
    case GateAction::kNone:
      return "none";
    case GateAction::kPromote:
      return "promote";
    case GateAction::kRollBack:
      return "roll back";
  }
  return "";
}

std::string ToText(const GateFinding& finding) {
  const Measured& m = finding.measured;
  const char* const state = finding.holds    ? "holds"
                            : finding.enough ? "is not shown"
                                             : "has too few inputs";
  char figures[128];
  if (std::isnan(m.value)) {
    std::snprintf(figures, sizeof figures, ": nothing counted yet");
  } else {
    std::snprintf(figures, sizeof figures, ": %.4g [%.4g, %.4g], n %llu, alpha %.3g", m.value,
                  m.low, m.high, static_cast<unsigned long long>(m.n), finding.alpha);
  }
  return ToText(finding.condition) + " " + state + figures;
}

GateDecision Decide(const CanaryConfig& config, const ComparisonCounts& counts) {
  GateDecision decision;
  if (config.rollback_when) {
    const GateRule& rule = *config.rollback_when;
    const double each = rule.alpha / static_cast<double>(rule.conditions.size());
    decision.rollback = Find(rule, each, config.shadow, counts);
  }
  if (config.promote_when) {
    const GateRule& rule = *config.promote_when;
    decision.promote = Find(rule, rule.alpha, config.shadow, counts);
  }
  if (std::ranges::any_of(decision.rollback, Holds)) {
    decision.action = GateAction::kRollBack;
    AppendTexts(decision.reason, decision.rollback, true);
  } else if (config.promote_when && std::ranges::all_of(decision.promote, Holds)) {
    decision.action = GateAction::kPromote;
    AppendTexts(decision.reason, decision.promote, true);
  } else {
    AppendTexts(decision.reason, decision.promote, false);
    AppendTexts(decision.reason, decision.rollback, false);
  }
  return decision;
}

}  // namespace credence::serving
