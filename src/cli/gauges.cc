#include "cli/gauges.h"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace credence::cli {
namespace {

std::vector<metrics::LiveFamily::Sample> VersionsByState(const serving::Catalog& catalog) {
  std::map<std::string_view, int> counts;
  for (const std::string_view state : serving::kStateWords) counts[state] = 0;
  for (const auto& predictor : catalog.predictors()) {
    for (const auto& version : predictor.versions) ++counts[serving::StateWord(version)];
  }
  std::vector<metrics::LiveFamily::Sample> samples;
  for (const auto& [state, count] : counts) {
    samples.push_back({{{"state", std::string(state)}}, static_cast<double>(count)});
  }
  return samples;
}

std::vector<metrics::LiveFamily::Sample> LabelTargets(const serving::Catalog& catalog) {
  std::vector<metrics::LiveFamily::Sample> samples;
  for (const auto& predictor : catalog.predictors()) {
    for (const auto& [label, version] : predictor.labels) {
      samples.push_back(
          {{{"predictor", predictor.name}, {"label", label}}, static_cast<double>(version)});
    }
  }
  return samples;
}

std::vector<metrics::LiveFamily::Sample> LostLines(const api::Environment& environment) {
  return {{{{"log", "access"}}, static_cast<double>(environment.access_log.lost())},
          {{{"log", "server"}}, static_cast<double>(environment.log.lost())}};
}

std::vector<metrics::LiveFamily::Sample> MemoryRefusals(const ByteBudget& memory) {
  return {{{{"use", "body"}}, static_cast<double>(memory.refused(ByteUse::kBody))},
          {{{"use", "work"}}, static_cast<double>(memory.refused(ByteUse::kWork))}};
}

void AddMemoryGauges(const ByteBudget& memory, metrics::Metrics& metrics) {
  metrics.AddLive({"credence_memory_used_bytes", "Memory that requests hold",
                   [&memory] { return static_cast<double>(memory.used()); }});
  metrics.AddLive({"credence_memory_limit_bytes", "Memory that requests may hold together",
                   [&memory] { return static_cast<double>(memory.limit()); }});
  metrics.AddLiveFamily({"credence_memory_refusals", "Requests refused for want of memory, by use",
                         [&memory] { return MemoryRefusals(memory); }});
}

std::vector<metrics::LiveFamily::Sample> Expiries(const Security& security) {
  std::vector<metrics::LiveFamily::Sample> samples;
  const auto add = [&samples](const char* listener, const security::TlsCredentials* tls) {
    if (tls == nullptr) return;
    const std::chrono::duration<double> since_1970 = tls->Get()->expires.time_since_epoch();
    samples.push_back({{{"listener", listener}}, since_1970.count()});
  };
  add("public", security.tls.get());
  if (!security.bound.admin_address.empty()) add("admin", security.admin_tls.get());
  return samples;
}

void AddCertificateGauge(const Security& security, metrics::Metrics& metrics) {
  if (security.tls == nullptr && security.admin_tls == nullptr) return;
  metrics.AddLiveFamily({"credence_certificate_expiry_timestamp_seconds",
                         "When the certificate that a listener shows expires",
                         [&security] { return Expiries(security); }});
}

}  // namespace

void AddGauges(const api::Environment& environment, const http::Server& server,
               const Security& security) {
  metrics::Metrics& metrics = environment.metrics;
  AddCertificateGauge(security, metrics);
  api::AddOtherGauges(environment.other_metrics.names, metrics);
  const serving::Core& core = environment.core;
  const auto add = [&metrics](const char* name, const char* help, std::function<double()> read) {
    metrics.AddLive({name, help, std::move(read)});
  };
  add("credence_queue_depth", "Pictures that wait on I/O threads",
      [&] { return static_cast<double>(core.inline_depth); });
  add("credence_queue_limit", "Pictures that may wait on I/O threads",
      [&] { return static_cast<double>(core.options.queue_pictures_max) * core.options.lanes.io; });
  add("credence_compute_queue_depth", "Pictures that wait for a compute thread",
      [&] { return static_cast<double>(core.pool.state().pictures); });
  add("credence_compute_queue_limit", "Pictures that may wait for a compute thread",
      [&] { return static_cast<double>(core.options.compute_pictures_max); });
  add("credence_connections_open", "Open connections",
      [&] { return static_cast<double>(server.stats().connections_open); });
  add("credence_connections_limit", "Connections that may be open, admin ones not counted",
      [&] { return static_cast<double>(server.connections_max()); });
  add("credence_requests_in_flight", "Requests handed to a handler and not yet answered",
      [&] { return static_cast<double>(server.stats().requests_in_flight); });
  add("credence_repository_notes", "What the last look at the models passed over or could not do",
      [&] { return static_cast<double>(core.published.Get()->notes().size()); });
  add("credence_http_unreported", "Requests and connections lost without memory even to log them",
      [&] { return static_cast<double>(server.stats().unreported); });
  add("credence_ready", "1 when /readyz answers 200, else 0", [&environment, &core] {
    return core.published.Get()->Ready(environment.ready_when).ok() && !environment.draining ? 1.0
                                                                                             : 0.0;
  });
  // From the start: a rate over a counter that appears with its first event misses that event.
  for (const auto refusal : {serving::Refusal::kQueueFull, serving::Refusal::kDeadline}) {
    metrics.Rejected(serving::RefusalName(refusal));
  }
  if (core.options.memory != nullptr) AddMemoryGauges(*core.options.memory, metrics);
  metrics.AddLiveFamily({"credence_versions", "Versions by state",
                         [&core] { return VersionsByState(*core.published.Get()); }});
  metrics.AddLiveFamily({"credence_version_label", "The version that a label points to",
                         [&core] { return LabelTargets(*core.published.Get()); }});
  metrics.AddLiveFamily({"credence_log_lines_lost", "Log lines that could not be written",
                         [&environment] { return LostLines(environment); }});
}

}  // namespace credence::cli
