#include "api/kserve/repository.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/control.h"
#include "api/kserve/describe.h"
#include "api/tensor/json_reader.h"

namespace credence::api::kserve {
namespace {

constexpr std::size_t kBodyBytesMax = 64 << 10;

std::optional<Error> AdmitSmall(const http::Request& head) {
  if (head.content_length.value_or(0) <= kBodyBytesMax) return std::nullopt;
  return Error{Code::kTooLarge, "the body is " + std::to_string(*head.content_length) +
                                    " bytes; the limit here is " + std::to_string(kBodyBytesMax)};
}

std::string_view TextOf(const http::Request& request) {
  return {reinterpret_cast<const char*>(request.body.data()), request.body.size()};
}

// Whether only what serves is asked for: {"ready": true}.
Result<bool> ReadReady(std::string_view body) {
  tensor::JsonReader json(body);
  bool ready = false;
  if (json.Peek() == tensor::JsonKind::kNone && body.empty()) return false;
  bool is_bool = true;
  const bool read =
      json.Peek() == tensor::JsonKind::kObject && json.Object([&](std::string_view key) {
        if (key != "ready") return json.Skip();
        const auto kind = json.Peek();
        is_bool = kind == tensor::JsonKind::kTrue || kind == tensor::JsonKind::kFalse;
        return is_bool && json.Bool(ready);
      });
  if (!is_bool) return Invalid("'ready' must be true or false");
  if (!read) return json.ParseError();
  return ready;
}

// A configuration or files that come with a load would change what is served without a trace.
Result<void> CheckLoadBody(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == body.npos) return {};
  tensor::JsonReader json(body);
  std::string parameter;
  const bool read =
      json.Peek() == tensor::JsonKind::kObject && json.Object([&](std::string_view key) {
        if (key != "parameters") return json.Skip();
        return json.Peek() == tensor::JsonKind::kObject && json.Object([&](std::string_view name) {
          if (name == "config" || name.starts_with("file:")) parameter = name;
          return json.Skip();
        });
      });
  if (!read) return json.ParseError();
  if (parameter.empty()) return {};
  return Invalid("'" + parameter.substr(0, 80) +
                 "' is not taken: what is served is what stands in the models folder");
}

// The version to load: the one that answers, or, if none serves, the highest.
Result<const serving::ServedVersion*> FindToLoad(const serving::Catalog& catalog,
                                                 std::string_view name) {
  const serving::ServedPredictor* predictor = catalog.FindPredictor(name);
  if (predictor == nullptr || predictor->versions.empty()) {
    return Error{Code::kNotFound, "failed to load '" + std::string(name.substr(0, 200)) +
                                      "', failed to poll from model repository: it is not there"};
  }
  const serving::Version* latest = predictor->latest();
  for (const serving::ServedVersion& one : predictor->versions) {
    if (latest == nullptr || one.version.get() == latest) return &one;
  }
  return &predictor->versions.front();
}

// A load that is under way; answered when it is done.
struct Load {
  Exchange exchange;
  std::string name;
  std::int64_t version = 0;
  SteadyTime until;
};

// Returns whether it has answered.
bool Look(ThreadContext& context, Control& control, Load& load) {
  std::string body;
  const auto settled = control.Settled(load.name, load.version);
  const bool late = context.environment.clock.Now() >= load.until;
  if (settled && !*settled && !late) return false;
  if (settled && *settled) {
    context.finisher.Finish(load.exchange, {.body = "{}"});
    return true;
  }
  const Error error =
      settled ? Error{Code::kDeadlineExceeded, "'" + load.name + "' is still being loaded after " +
                                                   std::to_string(kLoadWaitMax.count()) +
                                                   " s; /v2/repository/index tells when"}
              : LoadFailed(load.name, settled.error());
  context.finisher.Finish(load.exchange, ErrorResponse(load.exchange.request.path, error, body));
  return true;
}

void HandleLoad(ThreadContext& context, Control& control, Call&& call) {
  auto load = std::make_shared<Load>();
  context.finisher.Begin(load->exchange, call.request, std::move(call.responder), call.route);
  load->name = call.parameters[0];
  load->until = context.environment.clock.Now() + kLoadWaitMax;
  const auto refuse = [&](const Error& error) {
    std::string body;
    context.finisher.Finish(load->exchange, ErrorResponse(call.request.path, error, body));
  };
  if (auto taken = CheckLoadBody(TextOf(call.request)); !taken) return refuse(taken.error());
  const auto version = BeginLoad(context.submitter.catalog(), control, load->name);
  if (!version) return refuse(version.error());
  load->version = *version;
  context.waits.push_back([&context, &control, load] { return Look(context, control, *load); });
}

Result<http::Response> Unload(ThreadContext& context, Control& control, std::string_view name) {
  if (auto done = BeginUnload(context.submitter.catalog(), control, name); !done) {
    return done.error();
  }
  return http::Response{.body = "{}"};
}

std::function<void(Call&&)> Refused(ThreadContext& context) {
  return [&context](Call&& call) {
    context.finisher.Begin(context.exchange, call.request, std::move(call.responder), call.route);
    context.body.clear();
    const std::string_view type =
        WriteError(call.request.path, 403, "permission_denied", OnlyForOperators(), context.body);
    context.finisher.Finish(context.exchange, 403, type, context.body);
  };
}

}  // namespace

std::string OnlyForOperators() {
  return "explicit model load / unload is not allowed here: it is for the admin listener "
         "(--admin-port), or everywhere with --admin-on-public";
}

Error LoadFailed(std::string_view name, const Error& why) {
  return {why.code, "failed to load '" + std::string(name) + "': " + why.message};
}

Result<std::int64_t> BeginLoad(const serving::Catalog& catalog, Control& control,
                               std::string_view name) {
  const auto found = FindToLoad(catalog, name);
  if (!found) return found.error();
  const std::int64_t version = (*found)->number;
  const auto asked =
      (*found)->version ? control.Reload(name, version) : control.Load(name, version);
  if (!asked) return LoadFailed(name, asked.error());
  return version;
}

Result<void> BeginUnload(const serving::Catalog& catalog, Control& control, std::string_view name) {
  const serving::ServedPredictor* predictor = catalog.FindPredictor(name);
  if (predictor == nullptr) return {};
  for (const serving::ServedVersion& one : predictor->versions) {
    if (!one.version) continue;
    if (auto done = control.Unload(name, one.number); !done) {
      return Error{done.error().code,
                   "failed to unload '" + std::string(name) + "': " + done.error().message};
    }
  }
  return {};
}

std::vector<Endpoint> RepositoryEndpoints(ThreadContext& context) {
  constexpr std::string_view kLoad = "/v2/repository/models/{name}/load";
  constexpr std::string_view kUnload = "/v2/repository/models/{name}/unload";
  const auto index = [&context](const Question& question,
                                std::string& body) -> Result<http::Response> {
    const auto ready = ReadReady(TextOf(question.request));
    if (!ready) return ready.error();
    WriteIndex(context.submitter.catalog(), *ready, body);
    return http::Response{.body = body};
  };
  using enum http::Role;
  std::vector<Endpoint> rows = {
      {"POST", "/v2/repository/index", kPublic, AtOnce(context, index), AdmitSmall}};
  // The first of two rows answers where there are both.
  if (Control* const control = context.environment.control; control != nullptr) {
    rows.push_back(
        {"POST", kLoad, kAdmin,
         [&context, control](Call&& call) { HandleLoad(context, *control, std::move(call)); },
         AdmitSmall});
    rows.push_back({"POST", kUnload, kAdmin,
                    AtOnce(context,
                           [&context, control](const Question& question, std::string&) {
                             return Unload(context, *control, question.parameters[0]);
                           }),
                    AdmitSmall});
  }
  rows.push_back({"POST", kLoad, kPublic, Refused(context), AdmitSmall});
  rows.push_back({"POST", kUnload, kPublic, Refused(context), AdmitSmall});
  return rows;
}

}  // namespace credence::api::kserve
