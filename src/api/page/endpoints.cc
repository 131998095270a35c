#include "api/page/endpoints.h"

#include <string>
#include <utility>

#include "api/ops/ops.h"
#include "api/page/page.h"
#include "http/asset.h"

namespace credence::api::page {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

constexpr std::string_view kKeptHeaders = "Cache-Control: no-cache\r\n";

// One of the pages that a version keeps.
struct KeptPage {
  const std::string predictor::KeptPages::*text;
  std::string_view type, missing;
  std::string headers;
};

AnswerFunction Kept(ThreadContext& context, KeptPage page) {
  return [&context, page = std::move(page)](const Question& question,
                                            std::string& body) -> Result<http::Response> {
    const auto found =
        FindVersion(context.submitter.catalog(), question.parameters[0], question.request.query);
    if (!found) return found.error();
    const predictor::Predictor& predictor = (*found)->predictor();
    body = predictor.pages().*page.text;
    if (body.empty()) {
      return Error{Code::kNotFound, predictor.name() + " version " +
                                        std::to_string(predictor.version()) +
                                        std::string(page.missing)};
    }
    return http::Response{.content_type = page.type, .headers = page.headers, .body = body};
  };
}

std::vector<Endpoint> KeptEndpoints(ThreadContext& context) {
  const KeptPage report{&predictor::KeptPages::report, "text/html; charset=utf-8",
                        " keeps no report card; `credence evaluate --keep` puts one there",
                        std::string(kReportHeaders).append(kKeptHeaders)};
  const KeptPage card{&predictor::KeptPages::model_card, kText,
                      " keeps no model card, assets.extra/credence/model_card.md",
                      std::string(kKeptHeaders)};
  using Names = std::vector<std::string_view>;
  using enum http::Role;
  return {{"GET",
           "/v1/predictors/{name}/report",
           kPublic,
           AtOnce(context, Kept(context, report)),
           {},
           Names{"version"}},
          {"GET",
           "/v1/predictors/{name}/model-card",
           kPublic,
           AtOnce(context, Kept(context, card)),
           {},
           Names{"version"}}};
}

}  // namespace

std::vector<Endpoint> Endpoints(ThreadContext& context) {
  const Page* const page = context.environment.page;
  std::vector<Endpoint> endpoints = KeptEndpoints(context);
  if (page == nullptr) return endpoints;
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
    return http::Response{
        .content_type = kText, .headers = http::kPageHeaders, .body = ops::Welcome()};
  };
  using enum http::Role;
  endpoints.push_back({"GET", "/", kPublic, AtOnce(context, start), {}, {}, Access::kOpen});
  endpoints.push_back({"GET", "/live", kPublic, send("live.html"), {}, {}, Access::kOpen});
  endpoints.push_back({"GET", "/docs", kPublic, send("docs.html"), {}, {}, Access::kOpen});
  endpoints.push_back(
      {"GET", "/predictors/{name}", kPublic, send("predictor.html"), {}, {}, Access::kOpen});
  endpoints.push_back(
      {"GET", "/web/{file}", kPublic, AtOnce(context, file), {}, {}, Access::kOpen});
  return endpoints;
}

}  // namespace credence::api::page
