#include "api/endpoint.h"

#include <utility>

#include "api/query.h"
#include "api/tensor/codes.h"
#include "base/json_writer.h"
#include "http/problem.h"

namespace credence::api {
namespace {

// Whether clients of TensorFlow Serving or KServe ask there.
bool IsPlain(std::string_view path) {
  for (const std::string_view root : {"/v1/models", "/v2"}) {
    if (path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/')) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::function<void(Call&&)> AtOnce(ThreadContext& context, AnswerFunction answer) {
  return [&context, answer = std::move(answer)](Call&& call) {
    context.finisher.Begin(context.exchange, call.request, std::move(call.responder), call.route);
    context.body.clear();
    auto response = answer({call.request, call.parameters}, context.body);
    if (!response) response = ErrorResponse(call.request.path, response.error(), context.body);
    context.finisher.Finish(context.exchange, *response);
  };
}

http::Response ErrorResponse(std::string_view path, const Error& error, std::string& body) {
  const bool plain = IsPlain(path);
  const int status = plain ? tensor::RowOf(error.code).http : http::StatusOf(error.code);
  body.clear();
  const std::string_view type = WriteError(path, status, CodeName(error.code), error.message, body);
  const bool again = plain ? tensor::MayPass(error.code) : status == 503;
  return {.status = status,
          .content_type = type,
          .headers = again ? "Retry-After: 1\r\n" : "",
          .body = body};
}

std::string_view WriteError(std::string_view path, int status, std::string_view code,
                            std::string_view detail, std::string& body) {
  if (IsPlain(path)) {
    JsonWriter(body).BeginObject().Key("error").String(detail).EndObject();
    return "application/json";
  }
  http::WriteProblem(status, code, detail, body);
  return http::kProblemType;
}

Result<serving::VersionPtr> FindVersion(const serving::Catalog& catalog, std::string_view name,
                                        std::string_view query) {
  serving::Selector selector;
  if (auto read = ReadVersion(query, selector); !read) return read.error();
  return catalog.Find(name, selector.version, selector.label);
}

}  // namespace credence::api
