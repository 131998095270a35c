#include "cli/options.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "cli/numbers.h"
#include "cli/verbs.h"

namespace credence::cli {

std::string_view Version() { return CREDENCE_VERSION; }

std::string EnvironmentName(const std::string& option) {
  std::string name = "CREDENCE_" + option;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  return name;
}

// Where the program was installed: beside it, wherever the tree was moved.
std::string BundledPredictors() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path beside = program.parent_path().parent_path() / "share/credence/predictors";
    if (fs::is_directory(beside, error)) return beside.string();
  }
  return CREDENCE_BUNDLED_DIR;
}

void AddModelFlags(CLI::App& verb, ModelFlags& flags) {
  const std::string group = "Model input (instead of what the version says)";
  verb.add_option("--input-range", flags.input_range,
                  "What black and white become: 0..1, 0..255, -1..1 or any LOW..HIGH")
      ->group(group);
  verb.add_option("--framing", flags.framing,
                  "whole: resize the whole picture; object: find its one object")
      ->group(group);
  verb.add_option("--fit", flags.fit,
                  "How framing whole meets another aspect ratio: stretch, contain, cover")
      ->group(group);
  verb.add_option("--background", flags.background,
                  "Level of the background of the model's pictures: black, white or 0..255")
      ->group(group);
  verb.add_option("--input-size", flags.input_size,
                  "Of open sides or a flat input: HEIGHTxWIDTH, HEIGHTxWIDTHxCHANNELS, or "
                  "CHANNELSxHEIGHTxWIDTH when planes follow one another")
      ->group(group);
  verb.add_option("--channel-order", flags.channel_order, "Of a colour input: rgb or bgr")
      ->group(group);
  verb.add_option("--scores", flags.scores,
                  "What the output holds, where the graph does not say it: probabilities, "
                  "log-probabilities, logits, or sigmoids of which one class is meant")
      ->group(group);
  verb.add_option("--signature", flags.signature,
                  "Of a SavedModel with several; default: serving_default, or the only one")
      ->group(group);
  verb.add_option("--labels", flags.labels, "File with one class name a line")->group(group);
  verb.add_option("--samples", flags.samples, "Passes a picture of a model that answers at random")
      ->check(WholeNumber(1, 64))
      ->capture_default_str()
      ->group(group);
  verb.add_flag("--bf16", flags.bf16,
                "Compute in bfloat16 where the CPU has it: faster, less exact")
      ->group(group);
  verb.add_flag("--allow-unassessed", flags.allow_unassessed,
                "Serve without reliability a version whose profile is refused")
      ->group(group);
  verb.add_option("--pixels-max", flags.pixels_max, "Largest picture, width x height")
      ->check(WholeNumber(1L, 1'000'000'000L))
      ->capture_default_str()
      ->group("Limits");
  verb.add_option("--side-max", flags.side_max, "Longest side of a picture, px")
      ->check(WholeNumber(1, 65'535))
      ->capture_default_str()
      ->group("Limits");
}

Result<predictor::LoadOptions> ToLoadOptions(const ModelFlags& flags) {
  predictor::LoadOptions options;
  options.samples = flags.samples;
  options.bf16 = flags.bf16;
  options.allow_unassessed = flags.allow_unassessed;
  options.decode_limits = {.pixels_max = flags.pixels_max, .side_px_max = flags.side_max};
  // Sets `field` from a flag's text when it was given.
  const auto set = [](const std::string& text, auto parse, auto& field) -> Result<void> {
    if (text.empty()) return {};
    auto value = parse(text);
    if (!value) return value.error();
    field = *std::move(value);
    return {};
  };
  auto& over = options.overrides;
  if (auto r = set(flags.input_range, predictor::ParseRange, over.range); !r) return r.error();
  if (auto r = set(flags.framing, predictor::ParseFraming, over.framing); !r) return r.error();
  if (auto r = set(flags.fit, predictor::ParseFit, over.fit); !r) return r.error();
  if (auto r = set(flags.background, predictor::ParseBackground, over.background); !r)
    return r.error();
  if (auto r = set(flags.labels, predictor::ReadLabels, over.labels); !r) return r.error();
  if (auto r = set(flags.input_size, predictor::ParseInputSize, over.input_size); !r)
    return r.error();
  if (auto r = set(flags.channel_order, predictor::ParseChannelOrder, over.channel_order); !r)
    return r.error();
  if (auto r = set(flags.scores, predictor::ParseScores, over.scores); !r) return r.error();
  over.signature = flags.signature;
  return options;
}

Result<ChosenVersion> ChooseVersion(const std::string& path, const std::string& name) {
  auto found = serving::Scan(path);
  if (!found) return found.error();
  for (const std::string& note : found->notes) {
    std::fprintf(stderr, "credence: warning: %s\n", note.c_str());
  }
  std::string names;
  for (const auto& one : found->predictors) {
    if (one.name == name || (name.empty() && found->predictors.size() == 1)) {
      return ChosenVersion{one.name, one.versions.front()};
    }
    names.append(names.empty() ? "" : ", ").append(one.name);
  }
  return Error{Code::kInvalidArgument,
               name.empty() ? path + " holds several predictors; name one folder: " + names
                            : "there is no predictor \"" + name + "\"; there is: " + names};
}

int Fail(const Error& error) {
  std::fprintf(stderr, "credence: %s\n", error.message.c_str());
  return 1;
}

}  // namespace credence::cli
