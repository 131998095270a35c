#include "api/live/live_json.h"

#include <charconv>
#include <cmath>
#include <deque>
#include <string>

#include "api/live/live.h"
#include "base/time_text.h"
#include "http/message.h"
#include "serving/canary_json.h"

namespace credence::api::live {
namespace {

constexpr double kMicroseconds = 1e6;

void WriteOptional(JsonWriter& json, const std::optional<double>& value) {
  if (value) {
    json.Number(*value);
  } else {
    json.Null();
  }
}

std::optional<double> InMicroseconds(const std::optional<double>& seconds) {
  return seconds ? std::optional(*seconds * kMicroseconds) : std::nullopt;
}

void WriteVerdicts(const std::array<double, serving::kVerdicts>& counts, JsonWriter& json) {
  json.Key("verdicts").BeginObject();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    json.DynamicKey(VerdictName(static_cast<reliability::Verdict>(i))).Number(counts[i]);
  }
  json.EndObject();
}

void WriteSample(const Sample& sample, JsonWriter& json) {
  json.BeginObject().Key("number").Number(sample.number);
  json.Key("time").String(Rfc3339Milliseconds(sample.when)).Key("seconds").Number(sample.seconds);
  json.Key("requestsPerSecond").Number(sample.requests_per_second);
  json.Key("errorsPerSecond").Number(sample.errors_per_second);
  WriteOptional(json.Key("p50Microseconds"), InMicroseconds(sample.p50_seconds));
  WriteOptional(json.Key("p99Microseconds"), InMicroseconds(sample.p99_seconds));
  WriteVerdicts(sample.verdicts, json);
  json.Key("queued").Number(sample.queued).Key("computeQueued").Number(sample.compute_queued);
  json.Key("connections").Number(sample.connections);
  WriteOptional(json.Key("driftEvidence"), sample.drift_evidence);
  json.EndObject();
}

void WriteSamples(const LiveQuery& query, Live& live, JsonWriter& json) {
  live.Read([&](const History& history) {
    json.Key("samples").BeginArray();
    if (query.range != LiveQuery::Range::kNone) {
      const bool hour = query.range == LiveQuery::Range::kHour;
      for (const Sample& sample : hour ? history.coarse() : history.fine()) {
        if (sample.number > query.after) WriteSample(sample, json);
      }
    }
    json.EndArray();
  });
}

void WriteLimits(const Environment& environment, JsonWriter& json) {
  const serving::ExecutionOptions& options = environment.core.options;
  json.Key("limits").BeginObject();
  json.Key("bodyBytes").Number(environment.limits.body_bytes_max);
  json.Key("connections").Number(environment.limits.connections_max);
  json.Key("queued").Number(options.queue_pictures_max *
                            static_cast<std::size_t>(options.lanes.io));
  json.Key("computeQueued").Number(options.compute_pictures_max);
  json.Key("driftEvidence").Number(std::log(reliability::kDriftAlarm)).EndObject();
}

void WriteDrift(const serving::Version& version, JsonWriter& json) {
  json.Key("drift");
  if (version.drift() == nullptr) {
    json.Null();
    return;
  }
  const serving::DriftState state = version.drift()->State();
  json.BeginObject().Key("state").String(state.since ? "drifting" : "ordinary");
  json.Key("logEvidence").Number(state.log_evidence);
  json.Key("alarmAt").Number(std::log(reliability::kDriftAlarm));
  json.Key("alarms").Number(state.alarms).Key("predictions").Number(state.predictions).EndObject();
}

void WriteServed(const serving::ServedPredictor& predictor, const serving::ServedVersion& served,
                 JsonWriter& json) {
  json.BeginObject().Key("name").String(predictor.name).Key("version").Number(served.number);
  json.Key("state").String(serving::StateWord(served));
  if (!served.error.empty()) json.Key("reason").String(served.error);
  json.Key("versionLabels").BeginArray();
  for (const auto& [label, version] : predictor.labels) {
    if (version == served.number) json.String(label);
  }
  json.EndArray().Key("answersByDefault");
  json.Bool(served.version && served.version.get() == predictor.latest());
  if (served.version) {
    std::array<double, serving::kVerdicts> counts{};
    for (std::size_t i = 0; i < counts.size(); ++i) {
      counts[i] = metrics::Value(*served.version->metrics().verdicts[i]);
    }
    WriteVerdicts(counts, json);
    WriteDrift(*served.version, json);
  }
  json.EndObject();
}

void WriteVersions(const serving::Catalog& catalog, JsonWriter& json) {
  std::size_t versions = 0;
  json.Key("versions").BeginArray();
  for (const auto& predictor : catalog.predictors()) {
    for (const auto& served : predictor.versions) {
      if (++versions <= kListedMax) WriteServed(predictor, served, json);
    }
  }
  json.EndArray().Key("versionsLeftOut");
  json.Number(versions - std::min(versions, kListedMax));
}

void WriteCanaries(const Environment& environment, const serving::Catalog& catalog,
                   JsonWriter& json) {
  std::size_t canaries = 0;
  json.Key("canaries").BeginArray();
  for (const auto& predictor : catalog.predictors()) {
    if (environment.canaries == nullptr || canaries == kListedMax) break;
    const auto status = environment.canaries->Status(predictor.name);
    if (!status) continue;
    ++canaries;
    serving::WriteJson(*status, json);
  }
  json.EndArray();
}

}  // namespace

Result<LiveQuery> ReadLiveQuery(std::string_view query) {
  LiveQuery read;
  const std::string range = http::QueryValue(query, "range").value_or("minutes");
  if (range == "none") {
    read.range = LiveQuery::Range::kNone;
  } else if (range == "hour") {
    read.range = LiveQuery::Range::kHour;
  } else if (range != "minutes") {
    return Error{Code::kInvalidArgument, "range is \"" + range + "\"; it is minutes, hour or none"};
  }
  if (const auto after = http::QueryValue(query, "after")) {
    const char* const end = after->data() + after->size();
    const auto [stop, problem] = std::from_chars(after->data(), end, read.after);
    if (problem != std::errc() || stop != end || read.after < 0) {
      return Error{Code::kInvalidArgument,
                   "after is \"" + *after + "\"; it is the number of a sample, 0 or more"};
    }
  }
  return read;
}

void WriteLive(const LiveQuery& query, Environment& environment, const serving::Catalog& catalog,
               std::string& out) {
  JsonWriter json(out);
  json.BeginObject().Key("now").String(Rfc3339Milliseconds(environment.clock.Wall()));
  json.Key("started").String(Rfc3339(environment.live->started()));
  json.Key("ready").Bool(catalog.Ready(environment.ready_when).ok() && !environment.draining);
  WriteLimits(environment, json);
  WriteSamples(query, *environment.live, json);
  WriteVersions(catalog, json);
  WriteCanaries(environment, catalog, json);
  json.EndObject();
}

}  // namespace credence::api::live
