// Endpoints are the rows of what is served. Each folder of api/ exports its own by a function
// `std::vector<Endpoint> Endpoints(ThreadContext&)`; api/endpoints.cc collects them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/environment.h"
#include "api/exchange.h"
#include "base/result.h"
#include "http/message.h"
#include "http/router.h"
#include "http/server.h"
#include "serving/catalog.h"
#include "serving/predict.h"

namespace credence::api {

// A request that has matched an endpoint, with its whole body.
struct Call {
  const http::Request& request;
  http::Responder responder;
  std::string_view route;              // the endpoint's pattern
  const http::Parameters& parameters;  // percent-decoded; valid until the handler returns
};

// Who may call an endpoint where callers need keys.
enum class Access {
  kByRole,   // scope admin for an admin endpoint, else read for GET, else predict
  kOpen,     // everybody; no rate is held against it: probes, and what says nothing of this server
  kMetrics,  // scope read, or everybody under --metrics-open
};

struct Endpoint {
  std::string_view method;   // static storage
  std::string_view pattern;  // static storage; http/router.h
  http::Role role = http::Role::kPublic;
  std::function<void(Call&&)> handle;
  // Called when the head has arrived; an error refuses the request without reading its body. Empty:
  // every request is accepted.
  std::function<std::optional<Error>(const http::Request& head)> admit = {};
  // The query parameters that it takes, static storage; a request with another one is refused.
  // Unset: the query is not looked at, as probes and scrapers add what they like.
  std::optional<std::vector<std::string_view>> query = {};
  Access access = Access::kByRole;
  bool routine = false;  // machines ask it again and again: a probe, a scrape
};

// What the endpoints of one I/O thread work with. Confined to that thread.
struct ThreadContext {
  Environment& environment;
  http::IoThread& thread;
  Finisher& finisher;
  serving::Submitter& submitter;

  // Looked at after each turn and every quarter of a second; those that return true are done. For
  // answers that wait for something that happens elsewhere.
  std::vector<std::function<bool()>> waits{};

  // Of the request that is answered at once; see AtOnce.
  Exchange exchange{};
  std::string body{};
};

// What an endpoint that answers at once is asked.
struct Question {
  const http::Request& request;
  const http::Parameters& parameters;
};

// A handler that answers before it returns. `answer` returns the response, whose body it may build
// in `body`, which is empty and reused; or an error: ErrorResponse.
// REQUIRES: `context` outlives the handler.
using AnswerFunction =
    std::function<Result<http::Response>(const Question& question, std::string& body)>;
std::function<void(Call&&)> AtOnce(ThreadContext& context, AnswerFunction answer);

// The response that tells of `error` in `body`: {"error": text} under /v1/models and /v2, whose
// clients read nothing else, problem+json anywhere else. With Retry-After if the same request may
// succeed later.
http::Response ErrorResponse(std::string_view path, const Error& error, std::string& body);
// Appends what is said of one that has a status of its own; returns its Content-Type.
std::string_view WriteError(std::string_view path, int status, std::string_view code,
                            std::string_view detail, std::string& body);

// The version that `name` (empty: the default) and ?version= name.
// Errors: kInvalidArgument - ?version= is malformed; those of Catalog::Find.
Result<serving::VersionPtr> FindVersion(const serving::Catalog& catalog, std::string_view name,
                                        std::string_view query);

}  // namespace credence::api
