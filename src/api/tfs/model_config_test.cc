#include "api/tfs/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace credence::api::tfs {
namespace {

using serving::VersionPolicy;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "name base policy" of each model, and "name:label=version" of each label.
std::vector<std::string> Read(std::string_view text) {
  const auto config = ParseModelConfig(text);
  if (!config) return {config.error().message};
  std::vector<std::string> lines;
  for (const auto& source : config->served.sources) {
    std::string line = source.name + " " + source.base.string() + " ";
    switch (source.versions.kind) {
      case VersionPolicy::Kind::kAll:
        line += "all";
        break;
      case VersionPolicy::Kind::kLatest:
        line += "latest:" + std::to_string(source.versions.count);
        break;
      case VersionPolicy::Kind::kSpecific:
        for (const auto version : source.versions.versions) line += std::to_string(version) + ",";
    }
    lines.push_back(line);
  }
  for (const auto& label : config->served.labels) {
    lines.push_back(label.predictor + ":" + label.label + "=" + std::to_string(label.version));
  }
  return lines;
}

TEST(ModelConfig, IsReadAsPeopleWriteIt) {
  EXPECT_THAT(Read("model_config_list {\n"
                   "  config {\n"
                   "    name: 'mnist'  # digits\n"
                   "    base_path: \"/models/\" \"mnist\"\n"
                   "    model_platform: \"tensorflow\"\n"
                   "    model_version_policy { specific { versions: 42 versions: 43 } }\n"
                   "    version_labels { key: 'stable' value: 42 }\n"
                   "  }\n"
                   "  config { name: \"b\", base_path: \"/b\"; model_type: TENSORFLOW }\n"
                   "}"),
              ElementsAre("mnist /models/mnist 42,43,", "b /b latest:1", "mnist:stable=42"));
  EXPECT_THAT(Read("model_config_list: { config: { name: \"a\" base_path: \"/a\" "
                   "model_version_policy: {all: {}} } }"),
              ElementsAre("a /a all"));
  EXPECT_THAT(Read("model_config_list { config { name: 'a' base_path: '/a' model_version_policy { "
                   "specific { versions: [1, 2] } } } config { name: 'b' base_path: '/b' "
                   "model_version_policy { latest { num_versions: 2 } } } }"),
              ElementsAre("a /a 1,2,", "b /b latest:2"));
}

TEST(ModelConfig, IsReadAsJsonInBothForms) {
  EXPECT_THAT(Read(R"({"model_config_list": [{"config": {"name": "a", "base_path": "/a",
                       "nireq": 4, "model_version_policy": {"all": {}}}}]})"),
              ElementsAre("a /a all"));
  EXPECT_THAT(Read(R"({"modelConfigList": {"config": [{"name": "a", "basePath": "/a"}]}})"),
              ElementsAre("a /a latest:1"));
}

TEST(ModelConfig, ErrorsHaveTheirPlace) {
  EXPECT_THAT(Read("model_config_list {\n  confg { }\n}"),
              ElementsAre(HasSubstr("Error parsing text-format "
                                    "tensorflow.serving.ModelServerConfig: 2:9: ")));
  EXPECT_THAT(Read("{\"model_config_list\": "), ElementsAre(HasSubstr("not a JSON object")));
}

TEST(ModelConfig, SaysWhatAModelLacks) {
  EXPECT_THAT(Read("model_config_list { config { name: 'm' base_path: 'models/m' } }"),
              ElementsAre("Expected model m to have an absolute path or URI; got "
                          "base_path()=models/m"));
  EXPECT_THAT(Read("model_config_list { config { name: 'm' base_path: 's3://bucket/m' } }"),
              ElementsAre(HasSubstr("base_path s3://bucket/m is remote")));
  EXPECT_THAT(Read("model_config_list { config { name: 'm' base_path: '/a' } config { name: 'm' "
                   "base_path: '/b' } }"),
              ElementsAre("Illegal to list model m multiple times in config list"));
  EXPECT_THAT(Read("model_config_list { config { base_path: '/a' } }"),
              ElementsAre("a model of the configuration has no name"));
  EXPECT_THAT(Read(""), ElementsAre("the model configuration names no models"));
  EXPECT_THAT(Read("model_config_list { config { name: 'm' base_path: '/a' version_labels { key: "
                   "'1' value: 2 } } }"),
              ElementsAre("model m: \"1\" is not a version label"));
}

TEST(ModelConfig, LoggingIsPassedOverWithAWord) {
  const auto config = ParseModelConfig(
      "model_config_list { config { name: 'm' base_path: '/a' logging_config { sampling_config { "
      "sampling_rate: 0.1 } } } }");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->notes, ElementsAre(HasSubstr("logging_config is passed over")));
}

TEST(MonitoringConfig, HasAPath) {
  EXPECT_EQ(*ParseMonitoringConfig("prometheus_config { enable: true, path: \"/m\" }"), "/m");
  EXPECT_EQ(*ParseMonitoringConfig("prometheus_config: { enable: true }"),
            "/monitoring/prometheus/metrics");
  EXPECT_EQ(*ParseMonitoringConfig("prometheus_config { path: \"/m\" }"), "");
  EXPECT_FALSE(ParseMonitoringConfig("prometheus_config { enable: true path: \"m\" }"));
  EXPECT_FALSE(ParseMonitoringConfig("prometheus_config { enable: true path: \"/{m}\" }"));
  EXPECT_FALSE(ParseMonitoringConfig("prometheus { }"));
}

}  // namespace
}  // namespace credence::api::tfs
