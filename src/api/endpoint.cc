#include "api/endpoint.h"

#include <utility>

#include "api/query.h"
#include "base/contain.h"
#include "http/problem.h"

namespace credence::api {

std::function<void(Call&&)> AtOnce(ThreadContext& context, AnswerFunction answer) {
  return [&context, answer = std::move(answer)](Call&& call) {
    context.finisher.Begin(context.exchange, call.request, std::move(call.responder), call.route);
    context.body.clear();
    const auto thrown = Attempt([&] {
      Result<http::Response> response = http::Response{};
      const auto failed = Attempt([&] {
        response = answer({call.request, call.parameters}, context.body);
      });
      if (failed) response = *failed;
      if (!response) response = ProblemResponse(response.error(), context.body);
      context.finisher.Finish(context.exchange, *response);
    });
    if (thrown) context.exchange.responder.reset();  // which answers
  };
}

http::Response ProblemResponse(const Error& error, std::string& body) {
  body.clear();
  http::WriteProblem(error, body);
  const int status = http::StatusOf(error.code);
  return {.status = status,
          .content_type = http::kProblemType,
          .headers = status == 503 ? "Retry-After: 1\r\n" : "",
          .body = body};
}

Result<serving::VersionPtr> FindVersion(const serving::Catalog& catalog, std::string_view name,
                                        std::string_view query) {
  serving::Selector selector;
  if (auto read = ReadVersion(query, selector); !read) return read.error();
  return catalog.Find(name, selector.version, selector.label);
}

}  // namespace credence::api
