#include "cli/sources.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

#include <CLI/CLI.hpp>

#include "api/tfs/model_config.h"
#include "base/read_file.h"
#include "cli/numbers.h"
#include "cli/options.h"

namespace credence::cli {
namespace {

constexpr std::uintmax_t kMonitoringBytesMax = 64 << 10;

Result<serving::ModelSource> ParseSource(const std::string& text,
                                         const serving::VersionPolicy& versions) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0 || equals + 1 == text.size()) {
    return Error{Code::kInvalidArgument, "--model-source " + text + " is not NAME=PATH"};
  }
  return serving::ModelSource{text.substr(0, equals), text.substr(equals + 1), versions};
}

void Say(const std::string& note) { std::fprintf(stderr, "credence: %s\n", note.c_str()); }

}  // namespace

void AddSourceFlags(CLI::App& verb, SourceFlags& flags) {
  verb.add_option(
          "--model-source", flags.sources,
          "NAME=PATH, a model whose numbered versions lie in PATH, instead of --models; may "
          "be repeated")
      ->envname(EnvironmentName("model-source"));
  verb.add_option("--model-config-file", flags.config_file,
                  "File of models, labels and version policies as TensorFlow Serving or OpenVINO "
                  "Model Server reads it, instead of --models")
      ->envname(EnvironmentName("model-config-file"));
  verb.add_option("--model-config-poll-s", flags.config_poll_s,
                  "How often to look whether that file has changed; 0: on SIGHUP only")
      ->envname(EnvironmentName("model-config-poll-s"))
      ->check(WholeNumber(0L, 86'400L))
      ->capture_default_str();
  verb.add_option("--monitoring-config-file", flags.monitoring_file,
                  "TensorFlow Serving's file of that name: metrics are at its path, too, and have "
                  "TensorFlow Serving's names beside ours")
      ->envname(EnvironmentName("monitoring-config-file"));
  verb.add_option("--metric-names", flags.metric_names,
                  "Count predictions under the metric names of tfs (TensorFlow Serving), triton or "
                  "both, tfs,triton, too")
      ->envname(EnvironmentName("metric-names"))
      ->delimiter(',')
      ->check(CLI::IsMember({"", "tfs", "triton"}));
}

Result<void> PlanSources(const SourceFlags& flags, serving::RepositoryOptions& plan) {
  for (const std::string& text : flags.sources) {
    if (text.empty()) continue;
    auto source = ParseSource(text, plan.versions);
    if (!source) return source.error();
    plan.sources.push_back(*std::move(source));
  }
  if (!flags.config_file.empty()) {
    auto config = api::tfs::ReadModelConfig(flags.config_file);
    if (!config) return config.error();
    std::ranges::move(config->served.sources, std::back_inserter(plan.sources));
    std::ranges::move(config->served.labels, std::back_inserter(plan.labels));
    for (const std::string& note : config->notes) Say(note);
  }
  std::ranges::sort(plan.sources, {}, &serving::ModelSource::name);
  const auto twice = std::ranges::adjacent_find(plan.sources, {}, &serving::ModelSource::name);
  if (twice != plan.sources.end()) {
    return Error{Code::kInvalidArgument, "model " + twice->name + " has two sources"};
  }
  return {};
}

Result<api::OtherMetrics> PlanOtherMetrics(const SourceFlags& flags) {
  const auto named = [&flags](const char* name) {
    return std::ranges::find(flags.metric_names, name) != flags.metric_names.end();
  };
  api::OtherMetrics plan{.names = {.tensorflow = named("tfs"), .triton = named("triton")}};
  if (flags.monitoring_file.empty()) return plan;
  const auto text = ReadTextFile(flags.monitoring_file, kMonitoringBytesMax);
  if (!text) return text.error();
  auto path = api::tfs::ParseMonitoringConfig(*text);
  if (!path) return Annotate(path.error(), flags.monitoring_file);
  plan.names.tensorflow |= !path->empty();
  plan.path = *std::move(path);
  return plan;
}

ModelConfigFile::ModelConfigFile(SourceFlags flags, serving::RepositoryOptions plan)
    : flags_(std::move(flags)), plan_(std::move(plan)), watched_({flags_.config_file}) {}

std::optional<std::chrono::milliseconds> ModelConfigFile::period() const {
  if (flags_.config_file.empty() || flags_.config_poll_s == 0) return std::nullopt;
  return std::chrono::seconds(flags_.config_poll_s);
}

void ModelConfigFile::Look(serving::Lifecycle& lifecycle, Log& log) {
  if (flags_.config_file.empty() || !watched_.Changed()) return;
  serving::RepositoryOptions plan = plan_;
  auto read = PlanSources(flags_, plan);
  if (read) read = lifecycle.Configure({std::move(plan.sources), std::move(plan.labels)});
  if (read) return;
  log.Error("the new model configuration cannot be used; the old one stays",
            {{"file", flags_.config_file}, {"reason", read.error().message}});
}

}  // namespace credence::cli
