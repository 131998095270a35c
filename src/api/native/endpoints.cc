#include "api/native/endpoints.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "api/native/describe.h"
#include "api/native/predict.h"
#include "http/message.h"

namespace credence::api::native {
namespace {

Result<http::Response> Describe(ThreadContext& context, std::string_view name,
                                const http::Request& request, std::string& body) {
  const auto found = FindVersion(context.submitter.catalog(), name, request.query);
  if (!found) return found.error();
  DescribeVersion(context.submitter.catalog(), **found, body);
  return http::Response{.body = body};
}

}  // namespace

std::vector<Endpoint> Endpoints(ThreadContext& context) {
  const serving::ExecutionOptions& options = context.environment.core.options;
  const auto handler = std::make_shared<PredictHandler>(context.finisher, context.environment.clock,
                                                        options.deadline, options.memory);
  const auto predict = [&](Format format) {
    return [&context, handler, format](Call&& call) {
      handler->Handle(call.request, std::move(call.responder), call.route, context.submitter,
                      format);
    };
  };
  const auto admit = [&context](const http::Request& head) {
    return context.submitter.Overloaded(head.content_length.value_or(0));
  };
  const auto list = [&context](const Question&, std::string& body) -> Result<http::Response> {
    DescribeCatalog(context.submitter.catalog(), body);
    return http::Response{.body = body};
  };
  const auto chosen = [&context](const Question& question, std::string& body) {
    const auto name = http::QueryValue(question.request.query, "predictor");
    return Describe(context, name.value_or(""), question.request, body);
  };
  const auto named = [&context](const Question& question, std::string& body) {
    return Describe(context, question.parameters[0], question.request, body);
  };
  using Names = std::vector<std::string_view>;
  const Names native = {"predictor", "version", "view", "explain", "outputs", "field"};
  const Names digit = {"predictor", "version"};
  using enum http::Role;
  // PUT is what `curl -T` sends.
  return {
      {"POST", "/v1/predict", kPublic, predict(Format::kNative), admit, native},
      {"PUT", "/v1/predict", kPublic, predict(Format::kNative), admit, native},
      {"POST", "/predict", kPublic, predict(Format::kDigit), admit, digit},
      {"PUT", "/predict", kPublic, predict(Format::kDigit), admit, digit},
      {"GET", "/v1/predictor", kPublic, AtOnce(context, chosen), {}, Names{"predictor", "version"}},
      {"GET", "/v1/predictors", kPublic, AtOnce(context, list), {}, Names{}},
      {"GET", "/v1/predictors/{name}", kPublic, AtOnce(context, named), {}, Names{"version"}},
  };
}

}  // namespace credence::api::native
