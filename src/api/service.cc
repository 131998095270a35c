#include "api/service.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

#include "api/endpoints.h"
#include "api/query.h"

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

}  // namespace

Service::Service(Environment& environment, http::IoThread& thread)
    : environment_(environment),
      thread_(thread),
      finisher_(environment.metrics, environment.access_log, environment.clock, thread.index(),
                environment.cors ? "/v1/models" : ""),
      context_{.environment = environment,
               .thread = thread,
               .finisher = finisher_,
               .submitter = submitter_},
      endpoints_(AllEndpoints(context_)),
      routers_{RouterFor(http::Role::kPublic, endpoints_, environment.admin_on_public),
               RouterFor(http::Role::kAdmin, endpoints_, true)},
      submitter_(thread.index(), environment.core, [weak = thread.weak_from_this(), this] {
        const auto loop = weak.lock();
        if (loop) loop->Post([this] { submitter_.Receive(); });
      }) {}

std::optional<http::Response> Service::OnHead(http::Request& head) {
  const http::Router& router = routers_[static_cast<std::size_t>(head.role)];
  const http::RouteMatch match = router.Match(head.method, head.path);
  switch (match.kind) {
    case http::RouteMatch::Kind::kFound:
      return Admit(head, match);
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
    case http::RouteMatch::Kind::kOptions: {
      const std::string allow = "Allow: " + match.allow + "\r\n";
      return finisher_.FinishEarly(head, match.pattern, {.status = 204, .headers = allow});
    }
  }
  return std::nullopt;
}

std::optional<http::Response> Service::Admit(http::Request& head, const http::RouteMatch& match) {
  for (std::size_t i = 0; i < match.parameters.size(); ++i) {
    if (http::DecodeParameter(match.parameters[i], decoded_[i])) continue;
    return Refuse(head, match.pattern,
                  {400, CodeName(Code::kInvalidArgument),
                   "\"" + std::string(match.parameters[i]) +
                       "\" in the path has a % that two hex digits do not follow, or %00"});
  }
  const Endpoint& endpoint = endpoints_[static_cast<std::size_t>(match.id)];
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
  if (submitter_.Flush()) thread_.Post([] {});  // another turn without sleeping
  if (context_.waits.empty()) return;
  // An answer may let the next request of its connection in, which may wait, too.
  auto waits = std::exchange(context_.waits, {});
  std::erase_if(waits, [](const std::function<bool()>& done) { return done(); });
  std::ranges::move(waits, std::back_inserter(context_.waits));
}

void Service::OnRefused(const http::Refused& refused) {
  metrics::Increment(environment_.metrics.Refused(refused.status));
  finisher_.LogRefused(refused);
}

std::string_view Service::WriteRefusal(const http::Refused& refused, std::string& body) {
  return WriteError(refused.path, refused.status, refused.code, refused.detail, body);
}

}  // namespace credence::api
