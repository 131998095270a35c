#include "api/kserve/endpoints.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "api/kserve/binary.h"
#include "api/kserve/describe.h"
#include "api/kserve/read.h"
#include "api/kserve/repository.h"
#include "api/kserve/write.h"
#include "api/tensor/rest.h"
#include "api/tensor/select.h"
#include "base/json_writer.h"

namespace credence::api::kserve {
namespace {

using tensor::Dialect;

using Handler = tensor::RestHandler<InferAsked>;
using RestInferCall = tensor::RestCall<InferAsked>;

enum class By { kDefault, kVersion };

Result<serving::Selector> SelectorOf(By by, const http::Parameters& parameters) {
  serving::Selector selector;
  selector.predictor = parameters[0];
  if (by == By::kDefault) return selector;
  if (auto read = tensor::ReadVersion(parameters[1], Dialect::kKserve, selector); !read) {
    return read.error();
  }
  return selector;
}

Result<serving::VersionPtr> FindModel(ThreadContext& context, By by,
                                      const http::Parameters& parameters) {
  const auto selector = SelectorOf(by, parameters);
  if (!selector) return selector.error();
  return tensor::FindVersion(context.submitter.catalog(), *selector, Dialect::kKserve);
}

struct Reader {
  ThreadContext& context;
  By by;

  Result<void> operator()(const api::Call& asked, std::span<const std::uint8_t> body,
                          serving::Request& request, RestInferCall& call) const {
    auto selector = SelectorOf(by, asked.parameters);
    if (!selector) return selector.error();
    const auto version =
        tensor::FindVersion(context.submitter.catalog(), *selector, Dialect::kKserve);
    if (!version) return version.error();
    const auto parts = SplitBody(body, asked.request.Header(kLengthHeader));
    if (!parts) return parts.error();
    const predictor::Predictor& predictor = (*version)->predictor();
    if (auto read = ReadInfer(*parts, predictor, call.asked, call.sent, call.kept); !read) {
      return read;
    }
    if (auto known = CheckOutputs(predictor, call.asked); !known) return known;
    const auto fit = tensor::MakeInputs(call.sent, predictor, request.inputs);
    if (!fit) return fit.error();
    call.fit = *fit;
    request.selector = *std::move(selector);
    return {};
  }

 private:
  // Before anything is run.
  static Result<void> CheckOutputs(const predictor::Predictor& predictor, const InferAsked& asked) {
    const auto& known = predictor.model_info().outputs;
    for (const WantedOutput& wanted : asked.outputs) {
      if (tensor::FindTold(wanted.name) ||
          std::ranges::find(known, wanted.name, &model::TensorSpec::name) != known.end()) {
        continue;
      }
      return Error{Code::kInvalidArgument, "unexpected inference output '" +
                                               wanted.name.substr(0, 200) + "' for model '" +
                                               predictor.name() + "'"};
    }
    return {};
  }
};

Result<http::Response> Write(const serving::Reply& reply, RestInferCall& call, std::string& headers,
                             std::string& body) {
  const auto outputs = ChooseOutputs(reply, call.outputs, call.asked);
  if (!outputs) return outputs.error();
  const std::size_t json = WriteInfer(reply, call.asked, *outputs, body);
  if (json == 0) return http::Response{};
  headers.append(kLengthHeader).append(": ").append(std::to_string(json)).append("\r\n");
  return http::Response{.content_type = "application/octet-stream"};
}

Result<http::Response> Server(ThreadContext& context, std::string& body) {
  WriteServer(context.environment.version, body);
  return http::Response{.body = body};
}

Result<http::Response> Live(std::string& body) {
  body = R"({"live":true})";
  return http::Response{.body = body};
}

Result<http::Response> Ready(ThreadContext& context, std::string& body) {
  const Environment& environment = context.environment;
  const bool ready =
      !environment.draining && context.submitter.catalog().Ready(environment.ready_when).ok();
  body = ready ? R"({"ready":true})" : R"({"ready":false})";
  return http::Response{
      .status = ready ? 200 : 503, .headers = ready ? "" : "Retry-After: 1\r\n", .body = body};
}

// What is told of one model.
using Tell = Result<http::Response> (*)(ThreadContext&, By, const http::Parameters&, std::string&);

Result<http::Response> ModelReady(ThreadContext& context, By by, const http::Parameters& parameters,
                                  std::string& body) {
  const auto version = FindModel(context, by, parameters);
  if (!version) return version.error();
  JsonWriter json(body);
  json.BeginObject().Key("name").String((*version)->predictor().name());
  json.Key("ready").Bool(true).EndObject();
  return http::Response{.body = body};
}

Result<http::Response> Model(ThreadContext& context, By by, const http::Parameters& parameters,
                             std::string& body) {
  const auto version = FindModel(context, by, parameters);
  if (!version) return version.error();
  WriteModel(*context.submitter.catalog().FindPredictor(parameters[0]), **version, body);
  return http::Response{.body = body};
}

Result<http::Response> Config(ThreadContext& context, By by, const http::Parameters& parameters,
                              std::string& body) {
  const auto version = FindModel(context, by, parameters);
  if (!version) return version.error();
  WriteConfig(**version, body);
  return http::Response{.body = body};
}

Result<http::Response> Statistics(ThreadContext& context, By by, const http::Parameters& parameters,
                                  std::string& body) {
  const auto version = FindModel(context, by, parameters);
  if (!version) return version.error();
  std::optional<std::int64_t> number;
  if (by == By::kVersion) number = (*version)->predictor().version();
  WriteStatistics(context.submitter.catalog(), parameters[0], number, context.environment.clock,
                  body);
  return http::Response{.body = body};
}

Result<http::Response> AllStatistics(ThreadContext& context, std::string& body) {
  WriteStatistics(context.submitter.catalog(), "", std::nullopt, context.environment.clock, body);
  return http::Response{.body = body};
}

std::function<void(Call&&)> Ask(ThreadContext& context, Tell tell, By by) {
  return AtOnce(context, [&context, tell, by](const Question& question, std::string& body) {
    return tell(context, by, question.parameters, body);
  });
}

}  // namespace

std::vector<Endpoint> Endpoints(ThreadContext& context) {
  const auto admit = [&context](const http::Request& head) {
    return context.submitter.Overloaded(head.content_length.value_or(0));
  };
  const auto infer = [&context](By by) {
    const auto handler = std::make_shared<Handler>(
        context, Handler::Protocol{.read = Reader{context, by}, .write = Write});
    return [handler](Call&& call) { handler->Handle(std::move(call)); };
  };
  const auto server = AtOnce(
      context, [&context](const Question&, std::string& body) { return Server(context, body); });
  const auto live = [](const Question&, std::string& body) { return Live(body); };
  const auto ready = [&context](const Question&, std::string& body) {
    return Ready(context, body);
  };
  const auto all = [&context](const Question&, std::string& body) {
    return AllStatistics(context, body);
  };
  using enum http::Role;
  using enum By;
  std::vector<Endpoint> rows = {
      {"GET", "/v2", kPublic, server},
      {"GET", "/v2/", kPublic, server},
      {"GET", "/v2/health/live", kPublic, AtOnce(context, live), {}, {}, Access::kOpen, true},
      {"GET", "/v2/health/ready", kPublic, AtOnce(context, ready), {}, {}, Access::kOpen, true},
      {"GET", "/v2/models/stats", kPublic, AtOnce(context, all)},
      {"GET", "/v2/models/{name}", kPublic, Ask(context, Model, kDefault)},
      {"GET",
       "/v2/models/{name}/ready",
       kPublic,
       Ask(context, ModelReady, kDefault),
       {},
       {},
       Access::kByRole,
       true},
      {"GET", "/v2/models/{name}/config", kPublic, Ask(context, Config, kDefault)},
      {"GET", "/v2/models/{name}/stats", kPublic, Ask(context, Statistics, kDefault)},
      {"POST", "/v2/models/{name}/infer", kPublic, infer(kDefault), admit},
      {"GET", "/v2/models/{name}/versions/{version}", kPublic, Ask(context, Model, kVersion)},
      {"GET", "/v2/models/{name}/versions/{version}/ready", kPublic,
       Ask(context, ModelReady, kVersion)},
      {"GET", "/v2/models/{name}/versions/{version}/config", kPublic,
       Ask(context, Config, kVersion)},
      {"GET", "/v2/models/{name}/versions/{version}/stats", kPublic,
       Ask(context, Statistics, kVersion)},
      {"POST", "/v2/models/{name}/versions/{version}/infer", kPublic, infer(kVersion), admit},
  };
  std::ranges::move(RepositoryEndpoints(context), std::back_inserter(rows));
  return rows;
}

}  // namespace credence::api::kserve
