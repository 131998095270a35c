#include "cli/tfs_flags.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "cli/options.h"
#include "cli/verbs.h"

namespace credence::cli {
namespace {

using TfsFlags = std::map<std::string, std::string>;

constexpr const char* kTfsVerb = "tfs-serve";
constexpr const char* kHelp =
    ", started as tensorflow_model_server\n"
    "Takes its flags: --port --rest_api_port --model_name --model_base_path --model_config_file\n"
    "--monitoring_config_file --file_system_poll_wait_seconds --rest_api_timeout_in_ms and others\n"
    "(docs/migrate.md). `credence serve --help` has what there is besides.";

// Flags that stand in real deployments and change nothing here.
constexpr std::array<std::string_view, 25> kWithoutEffect = {
    "batching_parameters_file",
    "enable_per_model_batching_parameters",
    "enable_profiler",
    "enable_serialization_as_tensor_content",
    "enable_signature_method_name_check",
    "flush_filesystem_caches",
    "grpc_channel_arguments",
    "grpc_max_threads",
    "grpc_socket_path",
    "grpc_socket_permission",
    "load_retry_interval_micros",
    "max_num_load_retries",
    "mixed_precision",
    "num_request_iterations_for_warmup",
    "per_process_gpu_memory_fraction",
    "remove_unused_fields_from_bundle_metagraph",
    "rest_api_num_threads",
    "saved_model_tags",
    "tensorflow_inter_op_parallelism",
    "tensorflow_intra_op_parallelism",
    "tensorflow_session_config_file",
    "tensorflow_session_parallelism",
    "thread_pool_factory_config_file",
    "xla_cpu_compilation_enabled",
    "xla_gpu_compilation_enabled"};
// What they ask for is so anyway: batches, warm-up, health, labels that wait for their version.
constexpr std::array<std::string_view, 8> kAsHere = {"allow_version_labels_for_unavailable_models",
                                                     "enable_batching",
                                                     "enable_grpc_healthcheck_service",
                                                     "enable_model_warmup",
                                                     "num_load_threads",
                                                     "num_unload_threads",
                                                     "prefer_tflite_model",
                                                     "use_tflite_model"};

// Takes a flag out; nullopt if it is not there.
std::optional<std::string> Take(const std::string& name, TfsFlags& flags) {
  const auto found = flags.extract(name);
  if (found.empty()) return std::nullopt;
  return found.mapped();
}

Result<long> Number(const std::string& name, const std::string& text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return Invalid("--" + name + "=" + text + " is not a whole number");
}

// Adds `--to VALUE` for a number; `scale` times what was sent.
Result<void> AddNumber(const std::string& name, const std::string& to, const std::string& otherwise,
                       TfsFlags& flags, std::vector<std::string>& out, long scale = 1) {
  const std::string text = Take(name, flags).value_or(otherwise);
  const auto number = Number(name, text);
  if (!number) return number.error();
  out.insert(out.end(), {to, std::to_string(std::max(0L, *number) * scale)});
  return {};
}

Result<void> Refuse(TfsFlags& flags) {
  const std::array<std::pair<std::string_view, std::string_view>, 4> refused = {
      {{"ssl_config_file",
        "is not read: without it calls would go unprotected. Take it away, and start `credence "
        "serve` with --tls-cert and --tls-key"},
       {"platform_config_file", "is not read; the platform is TensorFlow's SavedModel"},
       {"prefer_tflite_model", "is another model than the SavedModel, and is not served"},
       {"use_tflite_model", "is another model than the SavedModel, and is not served"}}};
  for (const auto& [name, why] : refused) {
    const auto value = Take(std::string(name), flags);
    if (value && !value->empty() && *value != "false") {
      return Error{Code::kUnimplemented,
                   "--" + std::string(name) + "=" + *value + " " + std::string(why)};
    }
  }
  return {};
}

Result<void> AddModels(
    const std::function<std::optional<std::string>(const std::string&)>& variable, TfsFlags& flags,
    std::vector<std::string>& out) {
  const auto config = Take("model_config_file", flags);
  auto name = Take("model_name", flags);
  auto base = Take("model_base_path", flags);
  if (config && !config->empty()) {
    out.insert(out.end(), {"--model-config-file", *config});
    return AddNumber("model_config_file_poll_wait_seconds", "--model-config-poll-s", "0", flags,
                     out);
  }
  if (!base) {
    const auto named = variable("MODEL_NAME");
    if (!name) name = named;
    if (named) base = variable("MODEL_BASE_PATH").value_or("/models") + "/" + *named;
  }
  if (!base || base->empty()) {
    return Invalid(
        "Both server_options.model_base_path and server_options.model_config_file are "
        "empty: name a model, by --model_base_path=PATH or --model_config_file=FILE");
  }
  out.insert(out.end(), {"--model-source", name.value_or("default") + "=" + *base});
  return {};
}

// What is no flag is added to `unknown`.
TfsFlags ReadTfsFlags(std::span<const std::string> arguments, std::string& unknown) {
  TfsFlags flags;
  for (const std::string& argument : arguments) {
    if (!argument.starts_with("--")) {
      unknown.append(unknown.empty() ? "" : ", ").append(argument);
      continue;
    }
    const std::size_t equals = argument.find('=');
    flags[argument.substr(2, equals == argument.npos ? equals : equals - 2)] =
        equals == argument.npos ? "true" : argument.substr(equals + 1);
  }
  return flags;
}

bool IsTfsName(const std::string& program) {
  const std::size_t slash = program.rfind('/');
  return program.substr(slash == program.npos ? 0 : slash + 1) == "tensorflow_model_server";
}

bool Contains(std::span<const std::string_view> names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

void Note(std::string_view what, const std::string& names, std::vector<std::string>& notes) {
  if (!names.empty()) notes.push_back(std::string(what) + names);
}

}  // namespace

Result<TfsCommand> TranslateTfs(
    std::span<const std::string> arguments,
    const std::function<std::optional<std::string>(const std::string&)>& variable) {
  TfsCommand command;
  std::string unknown, without_effect;
  TfsFlags flags = ReadTfsFlags(arguments, unknown);
  if (auto refused = Refuse(flags); !refused) return refused.error();
  std::vector<std::string>& out = command.serve;
  const std::string rest = variable("PORT").value_or("8501");
  if (auto added = AddNumber("port", "--grpc-port", "8500", flags, out); !added) {
    return added.error();
  }
  if (auto added = AddNumber("rest_api_port", "--port", rest, flags, out); !added) {
    return added.error();
  }
  if (auto added = AddNumber("rest_api_timeout_in_ms", "--deadline-ms", "30000", flags, out);
      !added) {
    return added.error();
  }
  if (auto added = AddNumber("file_system_poll_wait_seconds", "--poll-ms", "1", flags, out, 1000);
      !added) {
    return added.error();
  }
  if (auto added = AddModels(variable, flags, out); !added) return added.error();
  Take("model_config_file_poll_wait_seconds", flags);  // nothing to look at, without the file
  out.push_back("--tfs-reload-api");
  if (const auto monitoring = Take("monitoring_config_file", flags); monitoring) {
    out.insert(out.end(), {"--monitoring-config-file", *monitoring});
  }
  if (Take("rest_api_enable_cors_support", flags).value_or("false") == "true") {
    out.push_back("--tfs-cors");
  }
  for (const auto& [name, value] : flags) {
    if (Contains(kAsHere, name)) continue;
    std::string& list = Contains(kWithoutEffect, name) ? without_effect : unknown;
    list.append(list.empty() ? "" : ", ").append("--" + name);
  }
  Note("these flags have no effect here: ", without_effect, command.notes);
  Note("unknown argument: ", unknown, command.notes);
  return command;
}

std::optional<int> TranslateIfTfs(std::vector<std::string>& words) {
  const bool by_name = !words.empty() && IsTfsName(words[0]);
  if (!by_name && (words.size() < 2 || words[1] != kTfsVerb)) return std::nullopt;
  const std::span<const std::string> arguments = std::span(words).subspan(by_name ? 1 : 2);
  const auto has = [&arguments](const char* flag) {
    return std::ranges::find(arguments, flag) != arguments.end();
  };
  if (has("--help") || has("--version")) {
    std::printf("credence %s%s\n", std::string(Version()).c_str(), has("--help") ? kHelp : "");
    return 0;
  }
  const auto variable = [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  };
  auto command = TranslateTfs(arguments, variable);
  if (!command) return Fail(command.error());
  for (const std::string& note : command->notes) {
    std::fprintf(stderr, "credence: %s\n", note.c_str());
  }
  std::vector<std::string> translated = {"credence", "serve"};
  std::ranges::move(command->serve, std::back_inserter(translated));
  words = std::move(translated);
  return std::nullopt;
}

}  // namespace credence::cli
