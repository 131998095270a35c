#include "cli/measure.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "data/classes.h"
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

// The classes to open the data set with, in the model's order; empty: those that it has.
std::vector<std::string> MatchClasses(const data::Dataset& dataset, const DataFlags& flags,
                                      const std::vector<std::string>& classes) {
  const std::vector<std::string>& found = dataset.classes();
  const bool named = !AreNumbers(classes);
  if (found == classes || AreNumbers(found)) {
    return named && found != classes &&
                   std::is_permutation(found.begin(), found.end(), classes.begin(), classes.end())
               ? classes
               : std::vector<std::string>();
  }
  if (named && (flags.read.first_label || !data::AreNumbers(found) ||
                std::find(classes.begin(), classes.end(), found.front()) != classes.end())) {
    return classes;
  }
  if (flags.read.first_label || !data::AreNumbers(found)) return {};
  return data::ClassNumbers(0, std::stoi(found.back()) + 1);
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
  AddBadFilesFlag(verb, flags.data.bad_files_max);
  verb.add_flag("--i-know", flags.data.i_know,
                "Take pictures that the model was trained on, all the same");
  verb.add_flag("--json", flags.json, "Report as JSON");
  AddReadFlags(verb, flags.data.read);
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
      .labels = request.labelled ? data::Labels::kRequired : data::Labels::kIgnored,
      .decode = [limits = request.decode_limits](image::Bytes file, image::Decoded& out) {
        return image::Decode(file, {.limits = limits}, out);
      }};
  if (auto applied = Apply(flags.read, options); !applied) return applied.error();
  auto dataset = data::Open(flags.data, options);
  if (!dataset) return dataset;
  if (request.labelled) options.classes = MatchClasses(*dataset, flags, request.classes);
  if (!options.classes.empty()) {
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
