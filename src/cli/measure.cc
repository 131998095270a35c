#include "cli/measure.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "model/openvino/engine.h"

namespace credence::cli {
namespace {

// Whether class k is called k, or none has a name.
bool AreNumbers(const std::vector<std::string>& classes) {
  for (std::size_t k = 0; k < classes.size(); ++k) {
    if (classes[k] != std::to_string(k)) return false;
  }
  return true;
}

}  // namespace

void AddMeasureFlags(CLI::App& verb, MeasureFlags& flags) {
  verb.add_option("--model", flags.model, "A SavedModel, or a folder that holds it")->required();
  verb.add_option("--predictor", flags.predictor, "Which one, when the folder holds several");
  verb.add_option("--data", flags.data.data,
                  "Labelled pictures: a folder of IDX pairs, of a folder a class, or a CSV")
      ->required();
  verb.add_option("--split", flags.data.split,
                  "Which split, e.g. t10k; default: the only one, else t10k or test");
  verb.add_option("--rows", flags.data.rows,
                  "A part of it, START:STOP:STEP as in Python, e.g. 0::2");
  verb.add_flag("--json", flags.json, "Report as JSON");
  AddModelFlags(verb, flags.input);
}

Result<void> CheckTakesPictures(const std::filesystem::path& version,
                                const model::ModelInfo& info) {
  if (info.view) return {};
  return Error{Code::kInvalidArgument,
               version.string() + " is no picture classifier: " + info.no_view};
}

Result<std::unique_ptr<model::Model>> LoadModel(const std::filesystem::path& version,
                                                const ModelFlags& flags) {
  auto model = model::MakeOpenVinoEngine()->Load(version, {.batch_max = 64, .bf16 = flags.bf16});
  if (!model) return Annotate(model.error(), version.string());
  if (auto fits = CheckTakesPictures(version, (*model)->info()); !fits) return fits.error();
  return model;
}

Result<data::Dataset> OpenData(const DataFlags& flags, const OpenRequest& request) {
  const auto rows = data::ParseSlice(flags.rows);
  if (!rows) return Annotate(rows.error(), "--rows");
  data::OpenOptions options{
      .split = flags.split,
      .prefer = data::Prefer::kTest,
      .rows = *rows,
      .labels = request.labelled ? data::Labels::kRequired : data::Labels::kIfPresent,
      .decode = [limits = request.decode_limits](image::Bytes file, image::Decoded& out) {
        return image::Decode(file, {.limits = limits}, out);
      }};
  auto dataset = data::Open(flags.data, options);
  if (!dataset) return dataset;
  if (request.labelled && !AreNumbers(request.classes) && !AreNumbers(dataset->classes()) &&
      dataset->classes() != request.classes) {
    options.classes = request.classes;
    dataset = data::Open(flags.data, options);
    if (!dataset) return dataset;
  }
  for (const std::string& note : dataset->notes()) {
    std::fprintf(stderr, "%s: %s\n", flags.data.c_str(), note.c_str());
  }
  return dataset;
}

calibration::Progress TerminalProgress() {
  if (isatty(STDERR_FILENO) == 0) return {};
  int shown = -1;  // per cent; a line is written when it changes
  return [shown](std::string_view what, std::size_t done, std::size_t all) mutable {
    const int percent =
        all == 0 ? 100
                 : static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(all));
    if (percent == shown) return;
    shown = percent;
    std::fprintf(stderr, "\r\033[K");
    if (done < all) {
      constexpr int kWidth = 30;
      const std::string bar(static_cast<std::size_t>(percent * kWidth / 100), '#');
      std::fprintf(stderr, "%.*s [%-*s] %d %%", static_cast<int>(what.size()), what.data(), kWidth,
                   bar.c_str(), percent);
    }
    std::fflush(stderr);
  };
}

}  // namespace credence::cli
