#include "api/admin/endpoints.h"

#include <string_view>
#include <utility>
#include <vector>

#include "api/admin/read.h"
#include "api/control.h"
#include "api/ops/drift.h"
#include "base/json_writer.h"

namespace credence::api::admin {
namespace {

using Response = Result<http::Response>;
using Names = std::vector<std::string_view>;

std::optional<Error> AdmitSmall(const http::Request& head) {
  if (head.content_length.value_or(0) <= kBodyBytesMax) return std::nullopt;
  return TooLarge(*head.content_length);
}

Response TellLevel(Log& log, std::string& body) {
  JsonWriter(body).BeginObject().Key("level").String(LogLevelName(log.level())).EndObject();
  return http::Response{.body = body};
}

Response SetLevel(Log& log, const http::Request& request, std::string& body) {
  const auto text = ReadText(request, "level");
  if (!text) return text.error();
  const auto level = ParseLogLevel(*text);
  if (!level) {
    return Error{Code::kInvalidArgument,
                 "level \"" + *text + "\" is none of debug, info, warning, error"};
  }
  log.SetLevel(*level);
  return TellLevel(log, body);
}

Response ResetDrift(ThreadContext& context, const Question& question, std::string& body) {
  const auto found =
      FindVersion(context.submitter.catalog(), question.parameters[0], question.request.query);
  if (!found) return found.error();
  if (const auto told = ops::Drift(**found, true, body); !told) return told.error();
  return http::Response{.body = body};
}

// What was asked will happen, but not before this answer.
Response Accepted(const Result<void>& done) {
  if (!done) return done.error();
  return http::Response{.status = 202, .body = R"({"status":"accepted"})"};
}

// It has happened.
Response Done(const Result<void>& done) {
  if (!done) return done.error();
  return http::Response{.body = R"({"status":"done"})"};
}

using ChangeVersion = Result<void> (Control::*)(std::string_view, std::int64_t);

AnswerFunction Change(Control& control, ChangeVersion change) {
  return [&control, change](const Question& question, std::string&) -> Response {
    const auto version = ReadVersionNumber(question.parameters[1]);
    if (!version) return version.error();
    return Accepted((control.*change)(question.parameters[0], *version));
  };
}

Response ReloadVersion(Control& control, const Question& question) {
  const auto version = ReadVersionNumber(question.parameters[1]);
  if (!version) return version.error();
  return Accepted(control.Reload(question.parameters[0], *version));
}

Response SetLabel(Control& control, const Question& question) {
  const auto version = ReadNumber(question.request, "version");
  if (!version) return version.error();
  return Done(control.SetLabel(question.parameters[0], question.parameters[1], *version));
}

std::vector<Endpoint> VersionEndpoints(ThreadContext& context, Control& control) {
  const auto reload = [&control](const Question& question, std::string&) {
    return Accepted(control.Reload(question.parameters[0], std::nullopt));
  };
  const auto set_label = [&control](const Question& question, std::string&) {
    return SetLabel(control, question);
  };
  const auto remove_label = [&control](const Question& question, std::string&) {
    return Done(control.RemoveLabel(question.parameters[0], question.parameters[1]));
  };
  const auto reload_version = [&control](const Question& question, std::string&) {
    return ReloadVersion(control, question);
  };
  const auto row = [&](std::string_view method, std::string_view pattern, AnswerFunction answer) {
    return Endpoint{method,     pattern, http::Role::kAdmin, AtOnce(context, std::move(answer)),
                    AdmitSmall, Names{}};
  };
  return {
      row("POST", "/v1/admin/predictors/{name}/reload", reload),
      row("POST", "/v1/admin/predictors/{name}/versions/{version}/load",
          Change(control, &Control::Load)),
      row("POST", "/v1/admin/predictors/{name}/versions/{version}/unload",
          Change(control, &Control::Unload)),
      row("POST", "/v1/admin/predictors/{name}/versions/{version}/reload", reload_version),
      row("PUT", "/v1/admin/predictors/{name}/labels/{label}", set_label),
      row("DELETE", "/v1/admin/predictors/{name}/labels/{label}", remove_label),
  };
}

}  // namespace

std::vector<Endpoint> Endpoints(ThreadContext& context) {
  Environment& environment = context.environment;
  const auto level = [&environment](const Question&, std::string& body) {
    return TellLevel(environment.log, body);
  };
  const auto set_level = [&environment](const Question& question, std::string& body) {
    return SetLevel(environment.log, question.request, body);
  };
  const auto reset_drift = [&context](const Question& question, std::string& body) {
    return ResetDrift(context, question, body);
  };
  using enum http::Role;
  std::vector<Endpoint> rows = {
      {"GET", "/v1/admin/log-level", kAdmin, AtOnce(context, level), {}, Names{}},
      {"POST", "/v1/admin/log-level", kAdmin, AtOnce(context, set_level), AdmitSmall, Names{}},
      {"POST", "/v1/predictors/{name}/drift", kAdmin, AtOnce(context, reset_drift), AdmitSmall,
       Names{"version"}},
  };
  if (environment.control != nullptr) {
    for (Endpoint& row : VersionEndpoints(context, *environment.control)) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace credence::api::admin
