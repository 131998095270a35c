#include "cli/tracing.h"

#include <unistd.h>

#include <array>

#include <CLI/CLI.hpp>

#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "fetch/http.h"

namespace credence::cli {
namespace {

// What is wrong with the address of a collector; empty: nothing.
std::string EndpointProblem(const std::string& text) {
  if (text.empty()) return {};
  const bool http = text.starts_with("http://"), https = text.starts_with("https://");
  if ((http || https) && text.size() > std::string_view(https ? "https://" : "http://").size()) {
    return {};
  }
  return text + " is no address such as http://localhost:4318";
}

// Tells the servers of one service apart.
std::string InstanceName() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {};
  return std::string(host.data()) + ":" + std::to_string(::getpid());
}

}  // namespace

void AddTraceFlags(CLI::App& verb, TraceFlags& flags) {
  verb.add_option("--otlp-endpoint", flags.endpoint,
                  "Collector that takes spans of requests by OTLP over HTTP, such as "
                  "http://localhost:4318; default: none")
      ->envname(EnvironmentName("otlp-endpoint"))
      ->check(EndpointProblem);
  verb.add_option("--trace-sample", flags.share,
                  "Share of the requests that get a span, 0 to 1, where no caller has decided")
      ->envname(EnvironmentName("trace-sample"))
      ->check(RealNumber(0, 1))
      ->capture_default_str();
}

std::unique_ptr<trace::Tracer> StartTracer(const TraceFlags& flags, metrics::Metrics& metrics,
                                           const Clock& clock, Log& log) {
  if (flags.endpoint.empty()) return nullptr;
  log.Info("traces", {{"url", fetch::WithoutCredentials(flags.endpoint)}});
  return std::make_unique<trace::Tracer>(
      trace::TracerOptions{.share = flags.share,
                           .exporter = {.endpoint = flags.endpoint,
                                        .resource = {.version = std::string(Version()),
                                                     .instance = InstanceName()}}},
      metrics, clock, log);
}

}  // namespace credence::cli
