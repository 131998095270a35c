#include "track/mlflow.h"

#include <cmath>
#include <cstdlib>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/json_depth.h"

namespace credence::track {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kProxied = "mlflow-artifacts:";

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The text at a path such as "/run/info/run_id".
std::optional<std::string> Text(const std::string& answer, const char* path) {
  const Json json = Json::parse(Shallow(answer), nullptr, false);
  const Json::json_pointer pointer(path);
  if (json.is_discarded() || !json.contains(pointer) || !json[pointer].is_string()) {
    return std::nullopt;
  }
  return json[pointer].get<std::string>();
}

Error NotMlflow(const std::string& url, const char* expected) {
  return {Code::kDataLoss,
          fetch::WithoutCredentials(url) + ": not an answer of MLflow; expected " + expected};
}

// "mlflow-artifacts:/1/ID/artifacts" and "mlflow-artifacts://HOST/1/…" -> "1/ID/artifacts".
std::string PathInStore(std::string_view uri) {
  uri.remove_prefix(kProxied.size());
  if (uri.starts_with("//")) uri.remove_prefix(std::min(uri.find('/', 2), uri.size()));
  while (uri.starts_with('/')) uri.remove_prefix(1);
  return std::string(uri);
}

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Mlflow::Mlflow(const std::string& url, const fetch::HttpOptions& options)
    : url_(url),
      options_(options),
      credentials_{.token = Environment("MLFLOW_TRACKING_TOKEN"),
                   .user = Environment("MLFLOW_TRACKING_USERNAME"),
                   .password = Environment("MLFLOW_TRACKING_PASSWORD")} {
  while (url_.ends_with('/')) url_.pop_back();
}

Result<std::string> Mlflow::Answer(fetch::HttpRequest request) {
  request.credentials = credentials_;
  const auto answer = fetch::Send(request, options_);
  if (!answer) return answer.error();
  if (answer->status >= 200 && answer->status < 300) return answer->body;
  const bool later = answer->status == 429 || answer->status >= 500;
  const std::string reason = Text(answer->body, "/message").value_or(answer->body.substr(0, 200));
  return Error{later                   ? Code::kUnavailable
               : answer->status == 404 ? Code::kNotFound
                                       : Code::kInvalidArgument,
               fetch::WithoutCredentials(request.url) + ": status " +
                   std::to_string(answer->status) + ": " + reason};
}

Result<std::string> Mlflow::Call(const std::string& method, const std::string& path,
                                 const std::string& json) {
  return Answer({.method = method, .url = url_ + "/api/2.0/mlflow/" + path, .body = json});
}

Result<std::string> Mlflow::Experiment(const std::string& name) {
  const std::string get = "experiments/get-by-name?experiment_name=" + fetch::UrlEncode(name);
  auto found = Call("GET", get, "");
  if (!found && found.error().code == Code::kNotFound) {
    const auto created = Call("POST", "experiments/create", Dump({{"name", name}}));
    if (created) {
      if (auto id = Text(*created, "/experiment_id")) return *std::move(id);
      return NotMlflow(url_, "experiment_id");
    }
    found = Call("GET", get, "");  // somebody else may have made it in between
    if (!found) return created.error();
  }
  if (!found) return found.error();
  if (auto id = Text(*found, "/experiment/experiment_id")) return *std::move(id);
  return NotMlflow(url_, "experiment.experiment_id");
}

Result<RemoteRun> Mlflow::FindOrCreateRun(const NewRun& run) {
  const auto search = Call("POST", "runs/search",
                           Dump({{"experiment_ids", {run.experiment_id}},
                                 {"filter", "tags.`credence.run` = '" + run.key + "'"},
                                 {"max_results", 1}}));
  if (!search) return search.error();
  auto id = Text(*search, "/runs/0/info/run_id");
  auto artifacts = Text(*search, "/runs/0/info/artifact_uri");
  if (!id) {
    const auto created = Call("POST", "runs/create",
                              Dump({{"experiment_id", run.experiment_id},
                                    {"run_name", run.name},
                                    {"start_time", run.start_time_ms},
                                    {"tags", {{{"key", "credence.run"}, {"value", run.key}}}}}));
    if (!created) return created.error();
    id = Text(*created, "/run/info/run_id");
    artifacts = Text(*created, "/run/info/artifact_uri");
  }
  if (!id || !artifacts) return NotMlflow(url_, "run.info with run_id and artifact_uri");
  return RemoteRun{*id, *artifacts};
}

Result<void> Mlflow::LogBatch(const std::string& run_id, std::span<const Event> events) {
  Json batch = {{"run_id", run_id},
                {"params", Json::array()},
                {"metrics", Json::array()},
                {"tags", Json::array()}};
  for (const Event& event : events) {
    if (event.kind == EventKind::kMetric) {
      if (!std::isfinite(event.number)) continue;  // JSON has no such number
      batch["metrics"].push_back({{"key", event.key},
                                  {"value", event.number},
                                  {"timestamp", event.time_ms},
                                  {"step", event.step}});
    } else {
      batch[event.kind == EventKind::kParam ? "params" : "tags"].push_back(
          {{"key", event.key}, {"value", event.value}});
    }
  }
  const auto answer = Call("POST", "runs/log-batch", Dump(batch));
  return answer ? Result<void>() : answer.error();
}

Result<void> Mlflow::PutArtifact(const RemoteRun& run, const std::filesystem::path& file,
                                 const std::string& name) {
  if (!run.artifacts.starts_with(kProxied)) {
    return Error{Code::kUnimplemented,
                 fetch::WithoutCredentials(url_) + " keeps artifacts at " +
                     fetch::WithoutCredentials(run.artifacts) +
                     ", where it does not take them; start it with --serve-artifacts"};
  }
  const auto answer = Answer({.method = "PUT",
                              .url = url_ + "/api/2.0/mlflow-artifacts/artifacts/" +
                                     fetch::UrlEncode(PathInStore(run.artifacts) + "/" + name, "/"),
                              .file = file});
  return answer ? Result<void>() : answer.error();
}

Result<void> Mlflow::Finish(const std::string& run_id, const std::string& status,
                            std::int64_t end_ms) {
  const auto answer = Call("POST", "runs/update",
                           Dump({{"run_id", run_id}, {"status", status}, {"end_time", end_ms}}));
  return answer ? Result<void>() : answer.error();
}

}  // namespace credence::track
