#include "api/tfs/model_config.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/read_file.h"
#include "tensorflow_serving.pb.h"

namespace credence::api::tfs {
namespace {

using Json = nlohmann::json;
using tensorflow::serving::ModelServerConfig;
using Policy = tensorflow::serving::FileSystemStoragePathSourceConfig::ServableVersionPolicy;

constexpr std::uintmax_t kFileBytesMax = 4 << 20;
constexpr std::ptrdiff_t kMetricsSegmentsMax = 10;
constexpr std::string_view kMetricsPathCharacters =
    "/-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// Keeps the first error, with its place.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (!text.empty()) return;
    text = std::to_string(line + 1) + ":" + std::to_string(column + 1) + ": " + message;
  }
  std::string text;
};

Result<void> ParseText(std::string_view text, google::protobuf::Message& message) {
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (parser.ParseFromString(std::string(text), &message)) return {};
  return Invalid("Error parsing text-format " + message.GetTypeName() + ": " + error.text);
}

// OpenVINO Model Server's form as protobuf's.
void Unwrap(Json& json) {
  const auto list = json.find("model_config_list");
  if (list == json.end() || !list->is_array()) return;
  Json configs = Json::array();
  for (Json& entry : *list) {
    configs.push_back(entry.is_object() && entry.contains("config") ? entry["config"] : entry);
  }
  *list = Json{{"config", std::move(configs)}};
}

Result<void> ParseJson(std::string_view text, ModelServerConfig& config) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Invalid("the model configuration is not a JSON object");
  Unwrap(json);
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // of OpenVINO Model Server there are many
  const auto parsed = google::protobuf::util::JsonStringToMessage(json.dump(), &config, options);
  if (parsed.ok()) return {};
  return Invalid("the model configuration is JSON, but no tensorflow.serving.ModelServerConfig: " +
                 std::string(parsed.message()));
}

Result<serving::VersionPolicy> ToPolicy(const std::string& model, const Policy& policy) {
  using Kind = serving::VersionPolicy::Kind;
  serving::VersionPolicy wanted;
  switch (policy.policy_choice_case()) {
    case Policy::kAll:
      wanted.kind = Kind::kAll;
      break;
    case Policy::kSpecific:
      wanted.kind = Kind::kSpecific;
      for (const std::int64_t version : policy.specific().versions()) {
        wanted.versions.push_back(version);
      }
      if (wanted.versions.empty())
        return Invalid("model " + model + ": specific names no versions");
      break;
    case Policy::kLatest:
      if (policy.latest().num_versions() > 0) wanted.count = policy.latest().num_versions();
      break;
    case Policy::POLICY_CHOICE_NOT_SET:
      break;
  }
  return wanted;
}

Result<void> CheckBase(const std::string& model, const std::string& base) {
  if (base.find("://") != base.npos) {
    return Invalid("model " + model + ": base_path " + base +
                   " is remote; copy it to a local folder first (an init container), or mount it "
                   "(gcsfuse, s3fs)");
  }
  if (base.starts_with('/')) return {};
  return Invalid("Expected model " + model +
                 " to have an absolute path or URI; got base_path()=" + base);
}

Result<void> AddModel(const tensorflow::serving::ModelConfig& from, ModelConfig& out) {
  if (from.name().empty()) return Invalid("a model of the configuration has no name");
  if (auto base = CheckBase(from.name(), from.base_path()); !base) return base;
  auto policy = ToPolicy(from.name(), from.model_version_policy());
  if (!policy) return policy.error();
  if (!from.model_platform().empty() && from.model_platform() != "tensorflow") {
    return Invalid("model " + from.name() + ": platform \"" + from.model_platform() +
                   "\" is not served; \"tensorflow\" is");
  }
  if (from.has_logging_config()) {
    out.notes.push_back("model " + from.name() +
                        ": logging_config is passed over; --access-log writes every request");
  }
  out.served.sources.push_back({from.name(), from.base_path(), *std::move(policy)});
  for (const auto& [label, version] : from.version_labels()) {
    if (!serving::IsLabel(label)) {
      return Invalid("model " + from.name() + ": \"" + label + "\" is not a version label");
    }
    out.served.labels.push_back({from.name(), label, version});
  }
  return {};
}

}  // namespace

Result<ModelConfig> ToModelConfig(const ModelServerConfig& config) {
  if (config.has_custom_model_config()) {
    return Invalid(
        "ServerModelConfig type not supported. Only ModelConfigList is currently supported");
  }
  ModelConfig out;
  std::set<std::string> names;
  for (const auto& model : config.model_config_list().config()) {
    if (!names.insert(model.name()).second) {
      return Invalid("Illegal to list model " + model.name() + " multiple times in config list");
    }
    if (auto added = AddModel(model, out); !added) return added.error();
  }
  if (out.served.sources.empty()) return Invalid("the model configuration names no models");
  return out;
}

Result<ModelConfig> ParseModelConfig(std::string_view text) {
  ModelServerConfig config;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool json = first != text.npos && text[first] == '{';
  auto parsed = json ? ParseJson(text, config) : ParseText(text, config);
  if (!parsed) return parsed.error();
  return ToModelConfig(config);
}

Result<ModelConfig> ReadModelConfig(const std::string& file) {
  const auto text = ReadTextFile(file, kFileBytesMax);
  if (!text) return text.error();
  auto config = ParseModelConfig(*text);
  if (!config) return Annotate(config.error(), file);
  return config;
}

Result<std::string> ParseMonitoringConfig(std::string_view text) {
  tensorflow::serving::MonitoringConfig config;
  if (auto parsed = ParseText(text, config); !parsed) return parsed.error();
  if (!config.prometheus_config().enable()) return std::string();
  const std::string& path = config.prometheus_config().path();
  if (path.empty()) return std::string("/monitoring/prometheus/metrics");
  if (path.starts_with('/') && path.find_first_not_of(kMetricsPathCharacters) == path.npos &&
      std::ranges::count(path, '/') <= kMetricsSegmentsMax) {
    return path;
  }
  return Invalid("the path of prometheus_config is \"" + path.substr(0, 200) +
                 "\"; it must begin with /, have at most " + std::to_string(kMetricsSegmentsMax) +
                 " of them, and besides only letters, digits and -._");
}

}  // namespace credence::api::tfs
