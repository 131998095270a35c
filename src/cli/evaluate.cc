#include "calibration/evaluate.h"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "calibration/report_text.h"
#include "cli/measure.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "model/openvino/engine.h"
#include "predictor/profile_file.h"

namespace credence::cli {
namespace {

struct Flags {
  std::string model, predictor;
  DataFlags data;
  std::vector<std::string> foreign;
  bool json = false;
  ModelFlags input;
};

Result<std::vector<data::Dataset>> OpenForeign(const Flags& flags,
                                               const image::DecodeLimits& limits) {
  std::vector<data::Dataset> foreign;
  for (const std::string& path : flags.foreign) {
    auto dataset = OpenData({.data = path, .split = {}, .rows = {}},
                            {.labelled = false, .decode_limits = limits});
    if (!dataset) return Annotate(dataset.error(), "--ood");
    foreign.push_back(*std::move(dataset));
  }
  return foreign;
}

Result<calibration::Evaluation> Run(const Flags& flags, const std::filesystem::path& version) {
  const auto options = ToLoadOptions(flags.input);
  if (!options) return options.error();
  const auto own = predictor::ReadInputJson(version);
  if (!own) return own.error();
  const auto overrides = predictor::Merge(options->overrides, *own);
  const auto profile = predictor::ReadProfile(version);
  if (!profile) return profile.error();
  if (!*profile) {
    return Error{Code::kFailedPrecondition,
                 version.string() + " has no profile; run `credence calibrate` first"};
  }
  const auto& labels = overrides.labels.empty() ? (*profile)->labels : overrides.labels;
  const auto dataset =
      OpenData(flags.data, {.classes = labels, .decode_limits = options->decode_limits});
  if (!dataset) return dataset.error();
  const auto foreign = OpenForeign(flags, options->decode_limits);
  if (!foreign) return foreign.error();
  const auto engine = model::MakeOpenVinoEngine();
  const auto model = engine->Load(version, {.batch_max = 64, .bf16 = options->bf16});
  if (!model) return Annotate(model.error(), version.string());
  const auto contract = predictor::MakeContract((*model)->info().input, overrides);
  if (!contract) return contract.error();
  return calibration::Evaluate(**model, **profile, *contract, *dataset, *foreign,
                               TerminalProgress());
}

int Evaluate(const Flags& flags) {
  const auto chosen = ChooseVersion(flags.model, flags.predictor);
  if (!chosen) return Fail(chosen.error());
  const auto done = Run(flags, chosen->version.path);
  if (!done) return Fail(done.error());
  if (flags.json) {
    std::string out;
    JsonWriter json(out);
    calibration::WriteJson(*done, json);
    std::printf("%s\n", out.c_str());
    return 0;
  }
  std::printf("%s version %d on %s\n%s", chosen->name.c_str(), chosen->version.version,
              flags.data.data.c_str(), calibration::ToText(*done).c_str());
  return 0;
}

}  // namespace

cli::Run AddEvaluate(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  CLI::App* verb = app.add_subcommand(
      "evaluate",
      "The report card of a calibrated version, on labelled pictures that `calibrate` has not "
      "seen.\n"
      "  credence evaluate --model models/digits/3 --data mnist --rows 1::2\n"
      "  credence evaluate --model DIR --data mnist --rows 1::2 --ood fashion_test");
  verb->add_option("--model", flags->model, "A SavedModel, or a folder that holds it")->required();
  verb->add_option("--predictor", flags->predictor, "Which one, when the folder holds several");
  AddDataFlags(*verb, flags->data);
  verb->add_option("--ood", flags->foreign,
                   "Pictures that are not the model's business: how well are they noticed?");
  verb->add_flag("--json", flags->json, "Report as JSON");
  AddModelFlags(*verb, flags->input);
  return [flags] { return Evaluate(*flags); };
}

}  // namespace credence::cli
