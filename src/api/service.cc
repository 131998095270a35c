#include "api/service.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

#include "api/endpoints.h"
#include "api/live/live.h"
#include "api/query.h"
#include "api/wording.h"
#include "base/ascii.h"
#include "base/contain.h"
#include "http/problem.h"

namespace credence::api {
namespace {

// An admin listener serves everything. Ids are indices of `endpoints`.
http::Router RouterFor(http::Role listener, const std::vector<Endpoint>& endpoints,
                       bool admin_on_public) {
  const bool admin = listener == http::Role::kAdmin || admin_on_public;
  std::vector<http::Route> routes;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    if (endpoints[i].role == http::Role::kAdmin && !admin) continue;
    routes.push_back({endpoints[i].method, endpoints[i].pattern, static_cast<int>(i)});
  }
  return http::Router(routes);
}

// The patterns that answer a GET: they are asked to look, not to predict.
std::vector<std::string_view> ReadRoutes(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string_view> routes;
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.method == "GET") routes.push_back(endpoint.pattern);
  }
  return routes;
}

std::vector<std::string_view> RoutineRoutes(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string_view> routes;
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.routine) routes.push_back(endpoint.pattern);
  }
  return routes;
}

constexpr std::string_view kPreflightHeaders =
    "Access-Control-Allow-Headers: Authorization, Content-Type, X-API-Key, X-Request-Id, "
    "X-Request-Key, traceparent\r\n"
    "Access-Control-Max-Age: 600\r\n";

// In one pass: a head has few headers, and most have another length.
security::Asking AskingOf(const http::Request& head) {
  security::Asking asking;
  for (const auto& header : head.headers) {
    const auto take = [&header](std::string_view wanted, std::string_view& into) {
      if (EqualsIgnoringCase(header.first, wanted)) into = header.second;
    };
    switch (header.first.size()) {
      case 4:
        take("host", asking.host);
        break;
      case 6:
        take("origin", asking.origin);
        break;
      case 9:
        take("x-api-key", asking.api_key);
        break;
      case 13:
        take("authorization", asking.authorization);
        break;
      case 14:
        take("sec-fetch-site", asking.fetch_site);
        break;
      default:
        break;
    }
  }
  asking.path = head.path;
  asking.network = head.network;
  asking.admin_listener = head.role == http::Role::kAdmin;
  asking.changes = head.method != "GET" && head.method != "HEAD" && head.method != "OPTIONS";
  return asking;
}

std::optional<security::Scope> ScopeFor(const Endpoint& endpoint, bool metrics_open) {
  using enum security::Scope;
  switch (endpoint.access) {
    case Access::kOpen:
      return std::nullopt;
    case Access::kMetrics:
      return metrics_open ? std::nullopt : std::optional(kRead);
    case Access::kByRole:
      break;
  }
  if (endpoint.role == http::Role::kAdmin) return kAdmin;
  return endpoint.method == "GET" ? kRead : kPredict;
}

constexpr std::string_view kChallenge = "WWW-Authenticate: Bearer realm=\"credence\"\r\n";

// From X-Forwarded-For, if a proxy that is believed sent it. Of several such headers the last is
// the proxy's own.
void FindClient(const security::Proxies& proxies, http::Request& head) {
  std::string_view forwarded;
  for (const auto& [name, value] : head.headers) {
    if (EqualsIgnoringCase(name, "x-forwarded-for")) forwarded = value;
  }
  const auto client = proxies.ClientOf(head.client, forwarded);
  if (!client) return;
  head.client = client->address;
  head.network = client->network;
}

}  // namespace

Service::Service(Environment& environment, http::IoThread& thread)
    : environment_(environment),
      thread_(thread),
      gate_(environment.policy),
      refusals_(environment.log),
      finisher_(environment.metrics, environment.access_log, environment.clock,
                {.thread = thread.index(),
                 .sink = environment.sink,
                 .names = environment.other_metrics.names}),
      context_{.environment = environment,
               .thread = thread,
               .finisher = finisher_,
               .submitter = submitter_},
      endpoints_(AllEndpoints(context_)),
      routers_{RouterFor(http::Role::kPublic, endpoints_, environment.admin_on_public),
               RouterFor(http::Role::kAdmin, endpoints_, true)},
      submitter_(thread.index(), environment.core, [weak = thread.weak_from_this()] {
        if (const auto loop = weak.lock()) loop->Wake();
      }) {
  if (environment.quiet) finisher_.LeaveOut(RoutineRoutes(endpoints_));
  if (environment.live != nullptr) environment.live->LeaveOut(ReadRoutes(endpoints_));
}

std::optional<http::Response> Service::OnHead(http::Request& head) {
  if (environment_.policy.proxies.any()) FindClient(environment_.policy.proxies, head);
  security::Asking asking = AskingOf(head);
  if (const auto turned = gate_.CheckHost(asking)) return TurnAway(head, "", *turned);
  const http::Router& router = routers_[static_cast<std::size_t>(head.role)];
  const http::RouteMatch match = router.Match(head.method, head.path);
  switch (match.kind) {
    case http::RouteMatch::Kind::kFound:
      return Admit(head, match, asking);
    case http::RouteMatch::Kind::kNotFound:
      return Refuse(head, match.pattern,
                    {404, "not_found",
                     "there is nothing at " + std::string(head.path) +
                         "; /openapi.json lists what there is"});
    case http::RouteMatch::Kind::kMethodNotAllowed:
      return Refuse(head, match.pattern,
                    {405, "method_not_allowed",
                     std::string(head.method) + " is not allowed here; allowed: " + match.allow,
                     "Allow: " + match.allow + "\r\n"});
    case http::RouteMatch::Kind::kOptions:
      return AnswerOptions(head, match, asking);
  }
  return std::nullopt;
}

// Also a browser's question whether a page of another site may send a request (CORS).
http::Response Service::AnswerOptions(http::Request& head, const http::RouteMatch& match,
                                      const security::Asking& asking) {
  std::string headers = "Allow: " + match.allow + "\r\n";
  const bool admin = std::ranges::any_of(endpoints_, [&match](const Endpoint& endpoint) {
    return endpoint.pattern == match.pattern && endpoint.role == http::Role::kAdmin;
  });
  if (!admin) head.page = gate_.ReaderOf(asking);
  if (!head.page.empty()) {
    headers += "Access-Control-Allow-Methods: " + match.allow + "\r\n";
    headers += kPreflightHeaders;
  }
  return finisher_.FinishEarly(head, match.pattern, {.status = 204, .headers = headers});
}

http::Response Service::TurnAway(const http::Request& head, std::string_view route,
                                 const security::Turned& turned) {
  const Wording wording = WordingOf(turned.why);
  refusals_.Tell({.status = wording.http,
                  .code = wording.code,
                  .detail = turned.text,
                  .client = head.client,
                  .method = head.method,
                  .path = head.path},
                 head.received);
  std::string headers(wording.http == 401 ? kChallenge : "");
  if (turned.retry_after.count() > 0) {
    headers += "Retry-After: " + std::to_string(turned.retry_after.count()) + "\r\n";
  }
  return Refuse(head, route, {wording.http, wording.code, turned.text, headers});
}

std::optional<http::Response> Service::Admit(http::Request& head, const http::RouteMatch& match,
                                             security::Asking& asking) {
  const Endpoint& endpoint = endpoints_[static_cast<std::size_t>(match.id)];
  asking.needs = ScopeFor(endpoint, environment_.policy.metrics_open);
  head.page = gate_.ReaderOf(asking);
  security::Caller caller;
  if (const auto turned = gate_.Admit(asking, head.received, caller)) {
    head.key_name = caller.key;
    return TurnAway(head, match.pattern, *turned);
  }
  head.key_name = caller.key;
  head.counted = caller.counted;
  for (std::size_t i = 0; i < match.parameters.size(); ++i) {
    if (http::DecodeParameter(match.parameters[i], decoded_[i])) continue;
    return Refuse(head, match.pattern,
                  {400, CodeName(Code::kInvalidArgument),
                   "\"" + std::string(match.parameters[i]) +
                       "\" in the path has a % that two hex digits do not follow, or %00"});
  }
  head.route = match.id;
  if (endpoint.query) {
    if (const auto known = CheckQuery(head.query, *endpoint.query); !known) {
      return finisher_.FinishEarly(head, match.pattern,
                                   ErrorResponse(head.path, known.error(), problem_));
    }
  }
  if (!endpoint.admit) return std::nullopt;
  const std::optional<Error> refused = endpoint.admit(head);
  if (!refused) return std::nullopt;
  return finisher_.FinishEarly(head, match.pattern, ErrorResponse(head.path, *refused, problem_));
}

http::Response Service::Refuse(const http::Request& head, std::string_view route,
                               const Problem& problem) {
  problem_.clear();
  const std::string_view type =
      WriteError(head.path, problem.status, problem.code, problem.detail, problem_);
  return finisher_.FinishEarly(head, route,
                               {.status = problem.status,
                                .content_type = type,
                                .headers = problem.headers,
                                .body = problem_});
}

void Service::Handle(const http::Request& request, http::Responder responder) {
  const Endpoint& endpoint = endpoints_[static_cast<std::size_t>(request.route)];
  http::Parameters parameters = http::ParametersOf(endpoint.pattern, request.path);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    parameters[i] = http::DecodeParameter(parameters[i], decoded_[i]).value_or("");
  }
  endpoint.handle({request, std::move(responder), endpoint.pattern, parameters});
}

void Service::TurnEnd() {
  submitter_.Receive();
  if (submitter_.Flush()) thread_.Wake();  // another turn without sleeping
  if (context_.waits.empty()) return;
  // An answer may let the next request of its connection in, which may wait, too.
  auto waits = std::exchange(context_.waits, {});
  std::erase_if(waits, [](const std::function<bool()>& done) {
    bool over = true;  // what cannot be looked at is dropped, which answers
    std::ignore = Attempt([&] { over = done(); });
    return over;
  });
  std::ranges::move(waits, std::back_inserter(context_.waits));
}

void Service::OnEnd(const http::Request& request) {
  gate_.Leave(request.network, {.key = request.key_name, .counted = true});
}

void Service::OnRefused(const http::Refused& refused) {
  metrics::Increment(environment_.metrics.Refused(refused.status));
  refusals_.Tell(refused, environment_.clock.Now());
  finisher_.LogRefused(refused);
}

std::string_view Service::WriteRefusal(const http::Refused& refused, std::string& body) {
  return WriteError(refused.path, refused.status, refused.code, refused.detail, body);
}

}  // namespace credence::api
