#include "api/ops/endpoints.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "api/ops/canary.h"
#include "api/ops/drift.h"
#include "api/ops/ops.h"
#include "http/asset.h"

namespace credence::api::ops {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kPrometheus = "text/plain; version=0.0.4; charset=utf-8";

AnswerFunction Asset(std::string_view content, const http::AssetOptions& options) {
  auto asset = std::make_shared<const http::Asset>(content, options);
  return [asset](const Question& question, std::string&) -> Result<http::Response> {
    return asset->Answer(question.request);
  };
}

Result<http::Response> Live(const Question&, std::string&) {
  return http::Response{.body = R"({"status":"live"})"};
}

Result<http::Response> Ready(ThreadContext& context, std::string& body) {
  const Environment& environment = context.environment;
  const int status =
      Readiness(context.submitter.catalog(),
                {.when = environment.ready_when, .draining = environment.draining}, body);
  return http::Response{
      .status = status, .headers = status == 200 ? "" : "Retry-After: 1\r\n", .body = body};
}

Result<http::Response> PredictorReady(ThreadContext& context, const Question& question,
                                      std::string& body) {
  const auto status = PredictorReadiness(context.submitter.catalog(), question.parameters[0],
                                         context.environment.draining, body);
  if (!status) return status.error();
  return http::Response{
      .status = *status, .headers = *status == 200 ? "" : "Retry-After: 1\r\n", .body = body};
}

Result<http::Response> Metrics(ThreadContext& context, std::string& body) {
  RefreshDriftMetrics(context.submitter.catalog());
  body = context.environment.metrics.Text();
  return http::Response{.content_type = kPrometheus, .body = body};
}

Result<http::Response> DriftOf(ThreadContext& context, const Question& question,
                               std::string& body) {
  const auto found =
      FindVersion(context.submitter.catalog(), question.parameters[0], question.request.query);
  if (!found) return found.error();
  if (const auto told = Drift(**found, false, body); !told) return told.error();
  return http::Response{.body = body};
}

Result<http::Response> CanaryOf(ThreadContext& context, const Question& question,
                                std::string& body) {
  const std::string name(question.parameters[0]);
  if (const auto told = Canary(context.environment.canaries, name, body); !told) {
    return told.error();
  }
  return http::Response{.body = body};
}

}  // namespace

std::vector<Endpoint> Endpoints(ThreadContext& context) {
  const auto live = AtOnce(context, Live);
  const auto ready = [&context](const Question&, std::string& body) {
    return Ready(context, body);
  };
  const auto metrics = AtOnce(
      context, [&context](const Question&, std::string& body) { return Metrics(context, body); });
  const auto drift = [&context](const Question& question, std::string& body) {
    return DriftOf(context, question, body);
  };
  const auto predictor_ready = [&context](const Question& question, std::string& body) {
    return PredictorReady(context, question, body);
  };
  const auto description = AtOnce(context, Asset(OpenApi(), {.content_type = kJson}));
  const auto welcome =
      AtOnce(context, Asset(Welcome(), {.content_type = kText, .headers = http::kPageHeaders}));
  const auto canary = [&context](const Question& question, std::string& body) {
    return CanaryOf(context, question, body);
  };
  using Names = std::vector<std::string_view>;
  using enum http::Role;
  std::vector<Endpoint> endpoints = {
      {"GET",
       "/v1/predictors/{name}/ready",
       kPublic,
       AtOnce(context, predictor_ready),
       {},
       {},
       Access::kByRole,
       true},
      {"GET", "/v1/predictors/{name}/drift", kPublic, AtOnce(context, drift), {}, Names{"version"}},
      {"GET", "/v1/predictors/{name}/canary", kPublic, AtOnce(context, canary), {}, Names{}},
      {"GET", "/livez", kPublic, live, {}, {}, Access::kOpen, true},
      {"GET", "/healthz", kPublic, live, {}, {}, Access::kOpen, true},
      {"GET", "/readyz", kPublic, AtOnce(context, ready), {}, {}, Access::kOpen, true},
      {"GET", "/metrics", kPublic, metrics, {}, {}, Access::kMetrics, true},
      {"GET", "/monitoring/prometheus/metrics", kPublic, metrics, {}, {}, Access::kMetrics, true},
      {"GET", "/openapi.json", kPublic, description, {}, {}, Access::kOpen},
      {"GET", "/", kPublic, welcome, {}, {}, Access::kOpen},
  };
  const std::string_view path = context.environment.other_metrics.path;
  const bool known = std::ranges::find(endpoints, path, &Endpoint::pattern) != endpoints.end();
  if (!path.empty() && !known) {
    endpoints.push_back({"GET", path, kPublic, metrics, {}, {}, Access::kMetrics, true});
  }
  return endpoints;
}

}  // namespace credence::api::ops
