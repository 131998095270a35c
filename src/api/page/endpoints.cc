#include "api/page/endpoints.h"

#include <string>

#include "api/ops/ops.h"
#include "api/page/page.h"

namespace credence::api::page {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kVary = "Vary: Accept\r\n";

}  // namespace

std::vector<Endpoint> Endpoints(ThreadContext& context) {
  const Page* const page = context.environment.page;
  if (page == nullptr) return {};
  const auto send = [&context, page](std::string_view name) {
    return AtOnce(context,
                  [page, name](const Question& question, std::string&) -> Result<http::Response> {
                    return page->Find(name)->Answer(question.request);
                  });
  };
  const auto file = [page](const Question& question, std::string&) -> Result<http::Response> {
    const http::Asset* asset = page->Find(question.parameters[0]);
    if (asset != nullptr) return asset->Answer(question.request);
    return Error{Code::kNotFound,
                 "the page has no file \"" + std::string(question.parameters[0]) + "\""};
  };
  const auto start = [page](const Question& question, std::string&) -> Result<http::Response> {
    const auto accept = question.request.Header("accept");
    const bool browser = accept && accept->find("text/html") != accept->npos;
    if (browser) return page->Find("index.html")->Answer(question.request);
    return http::Response{.content_type = kText, .headers = kVary, .body = ops::Welcome()};
  };
  using enum http::Role;
  return {
      {"GET", "/", kPublic, AtOnce(context, start)},
      {"GET", "/live", kPublic, send("live.html")},
      {"GET", "/docs", kPublic, send("docs.html")},
      {"GET", "/predictors/{name}", kPublic, send("predictor.html")},
      {"GET", "/web/{file}", kPublic, AtOnce(context, file)},
  };
}

}  // namespace credence::api::page
