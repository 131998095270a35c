#include "api/service.h"

#include "api/native/encode.h"
#include "api/ops/drift.h"
#include "api/ops/ops.h"
#include "api/query.h"
#include "base/json_writer.h"
#include "http/message.h"
#include "http/problem.h"

namespace credence::api {
namespace {

enum RouteId {
  kPredict,
  kDigit,
  kPredictor,
  kPredictors,
  kPredictorByName,
  kDrift,
  kResetDrift,
  kLive,
  kReady,
  kMetrics,
  kOpenApi,
  kWelcome
};

std::vector<http::Route> Routes() {
  return {
      {"POST", "/v1/predict", kPredict},
      {"POST", "/predict", kDigit},
      {"GET", "/v1/predictor", kPredictor},
      {"GET", "/v1/predictors", kPredictors},
      {"GET", "/v1/predictors/{name}", kPredictorByName},
      {"GET", "/v1/predictors/{name}/drift", kDrift},
      {"POST", "/v1/predictors/{name}/drift", kResetDrift},
      {"GET", "/livez", kLive},
      {"GET", "/healthz", kLive},
      {"GET", "/readyz", kReady},
      {"GET", "/metrics", kMetrics},
      {"GET", "/monitoring/prometheus/metrics", kMetrics},
      {"GET", "/openapi.json", kOpenApi},
      {"GET", "/", kWelcome},
  };
}

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain; charset=utf-8";

}  // namespace

Service::Service(Environment& environment, http::IoThread& thread)
    : environment_(environment),
      thread_(thread),
      router_(Routes()),
      finisher_(environment.metrics, environment.access_log, environment.clock, thread.index()),
      predict_(finisher_, environment.clock, environment.core.options.deadline),
      submitter_(thread.index(), environment.core,
                 [this] { thread_.Post([this] { submitter_.Receive(); }); }) {}

void Service::Handle(const http::Request& request, http::Responder responder) {
  const http::RouteMatch match = router_.Match(request.method, request.path);
  if (match.kind == http::RouteMatch::Kind::kFound &&
      (match.id == kPredict || match.id == kDigit)) {
    predict_.Handle(request, std::move(responder), match.pattern, submitter_,
                    match.id == kDigit ? native::Format::kDigit : native::Format::kNative);
    return;
  }
  finisher_.Begin(exchange_, request, std::move(responder), match.pattern);
  switch (match.kind) {
    case http::RouteMatch::Kind::kFound:
      return Answer(match.id, match, exchange_);
    case http::RouteMatch::Kind::kNotFound:
      return Problem(exchange_, 404, "not_found",
                     "there is nothing at " + std::string(request.path) +
                         "; /openapi.json lists what there is");
    case http::RouteMatch::Kind::kMethodNotAllowed:
      return Problem(exchange_, 405, "method_not_allowed",
                     std::string(request.method) + " is not allowed here; allowed: " + match.allow,
                     "Allow: " + match.allow + "\r\n");
    case http::RouteMatch::Kind::kOptions:
      return finisher_.Finish(exchange_, 204, {}, {}, "Allow: " + match.allow + "\r\n");
  }
}

void Service::Answer(int route, const http::RouteMatch& match, Exchange& exchange) {
  body_.clear();
  switch (route) {
    case kLive:
      return finisher_.Finish(exchange, 200, kJson, R"({"status":"live"})");
    case kOpenApi:
      return finisher_.Finish(exchange, 200, kJson, ops::OpenApi());
    case kWelcome:
      return finisher_.Finish(exchange, 200, kText, ops::Welcome());
    case kReady: {
      const int status = ops::Readiness(submitter_.catalog(), environment_.draining, body_);
      return finisher_.Finish(exchange, status, kJson, body_,
                              status == 200 ? "" : "Retry-After: 1\r\n");
    }
    case kMetrics:
      ops::RefreshDriftMetrics(submitter_.catalog());
      return finisher_.Finish(exchange, 200, "text/plain; version=0.0.4; charset=utf-8",
                              environment_.metrics.Text());
    case kPredictors:
      ops::DescribeCatalog(submitter_.catalog(), body_);
      return finisher_.Finish(exchange, 200, kJson, body_);
    default:
      return Describe(route, match, exchange);
  }
}

void Service::Describe(int route, const http::RouteMatch& match, Exchange& exchange) {
  const auto refuse = [&](const Error& error) {
    body_.clear();
    http::WriteProblem(error, body_);
    finisher_.Finish(exchange, http::StatusOf(error.code), http::kProblemType, body_);
  };
  const auto version = ReadVersion(exchange.request.query);
  if (!version) return refuse(version.error());
  std::string name(match.parameters[0]);
  if (route == kPredictor) {
    name = http::QueryValue(exchange.request.query, "predictor").value_or("");
  }
  const auto found = submitter_.catalog().Find(name, *version);
  if (!found) return refuse(found.error());
  if (route == kDrift || route == kResetDrift) {
    const auto told = ops::Drift(**found, route == kResetDrift, body_);
    if (!told) return refuse(told.error());
  } else {
    JsonWriter json(body_);
    native::EncodePredictor((*found)->predictor(), (*found)->run_cost_at_load(), json);
  }
  finisher_.Finish(exchange, 200, kJson, body_);
}

void Service::Problem(Exchange& exchange, int status, std::string_view code,
                      std::string_view detail, std::string_view headers) {
  body_.clear();
  http::WriteProblem(status, code, detail, body_);
  finisher_.Finish(exchange, status, http::kProblemType, body_, headers);
}

void Service::TurnEnd() {
  if (submitter_.Flush()) thread_.Post([] {});  // another turn without sleeping
}

void Service::OnRefused(const http::Refused& refused) {
  metrics::Increment(environment_.metrics.Refused(refused.status));
}

}  // namespace credence::api
