#include "serving/canary_json.h"

#include <array>
#include <cmath>
#include <string_view>

#include "base/time_text.h"

namespace credence::serving {
namespace {

constexpr std::array<std::string_view, kOutcomes - 1> kVerdictNames = {"reliable", "uncertain",
                                                                       "unfamiliar", "unassessed"};

std::string_view StateName(const CanaryStatus& status) {
  if (!status.end) return "comparing";
  switch (status.end->action) {
    case GateAction::kNone:
      return "stopped";
    case GateAction::kPromote:
      return "promoted";
    case GateAction::kRollBack:
      return "rolled_back";
  }
  return "";
}

// The members of a figure, without braces; value null before anything was counted.
void WriteMeasured(const Measured& measured, JsonWriter& json) {
  json.Key("value").Number(measured.value).Key("low").Number(measured.low);
  json.Key("high").Number(measured.high).Key("n").Number(measured.n);
}

void WriteOutcome(const SideCounts& side, Outcome outcome, JsonWriter& json) {
  json.BeginObject().Key("count").Number(side.of(outcome));
  WriteMeasured(MeasureOutcome(side, outcome, kShownAlpha), json);
  json.EndObject();
}

void WriteSide(std::int64_t version, const SideCounts& side, JsonWriter& json) {
  json.BeginObject().Key("version").Number(version).Key("inputs").Number(side.inputs());
  json.Key("errors");
  WriteOutcome(side, Outcome::kError, json);
  json.Key("verdicts").BeginObject();
  for (std::size_t i = 0; i < kVerdictNames.size(); ++i) {
    json.DynamicKey(kVerdictNames[i]);
    WriteOutcome(side, static_cast<Outcome>(i), json);
  }
  json.EndObject().Key("latencyMicroseconds").BeginObject();
  const auto microseconds = [&](std::chrono::nanoseconds time) {
    if (side.latency.count() == 0) {
      json.Null();
    } else {
      json.Number(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
    }
  };
  json.Key("mean");
  microseconds(side.latency.Mean());
  json.Key("p50");
  microseconds(side.latency.Quantile(.5));
  json.Key("p90");
  microseconds(side.latency.Quantile(.9));
  json.Key("p99");
  microseconds(side.latency.Quantile(.99));
  json.EndObject().EndObject();
}

void WriteTraffic(const CanaryStatus& status, JsonWriter& json) {
  json.BeginObject().Key("share").Number(status.config.share);
  json.Key("sticky").Bool(status.config.sticky).Key("shadow").Bool(status.config.shadow);
  json.Key("skipped").Number(status.counts.skipped).EndObject();
}

void WriteFigures(const CanaryStatus& status, JsonWriter& json) {
  json.BeginObject().Key("alpha").Number(kShownAlpha);
  for (const Figure& figure : kFigures) {
    const bool agreement = figure.kind == Figure::Kind::kAgreement;
    if (agreement ? !status.config.shadow : !figure.difference) continue;  // shares: see the sides
    json.DynamicKey(FigureName(figure)).BeginObject();
    WriteMeasured(Measure(status.counts, figure, status.config.shadow, kShownAlpha), json);
    json.EndObject();
  }
  json.EndObject();
}

void WriteFindings(const std::vector<GateFinding>& findings, JsonWriter& json) {
  json.BeginArray();
  for (const GateFinding& finding : findings) {
    json.BeginObject().Key("condition").String(ToText(finding.condition));
    json.Key("state").String(finding.holds ? "holds" : finding.enough ? "not_shown" : "too_few");
    json.Key("alpha").Number(finding.alpha);
    WriteMeasured(finding.measured, json);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace

void WriteJson(const CanaryStatus& status, JsonWriter& json) {
  const GateDecision decision = Decide(status.config, status.counts);
  json.BeginObject().Key("name").String(status.predictor);
  json.Key("state").String(StateName(status));
  json.Key("reason").String(status.end ? status.end->reason : decision.reason);
  json.Key("since").String(Rfc3339(status.since)).Key("ended");
  if (status.end) {
    json.String(Rfc3339(status.end->when));
  } else {
    json.Null();
  }
  json.Key("traffic");
  WriteTraffic(status, json);
  json.Key("stable");
  WriteSide(status.stable, status.counts.stable(), json);
  json.Key("canary");
  WriteSide(status.canary, status.counts.canary(), json);
  json.Key("figures");
  WriteFigures(status, json);
  json.Key("promoteWhen");
  WriteFindings(decision.promote, json);
  json.Key("rollbackWhen");
  WriteFindings(decision.rollback, json);
  json.EndObject();
}

}  // namespace credence::serving
