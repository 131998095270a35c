#include "cli/measure.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "cli/engine.h"
#include "data/classes.h"

namespace credence::cli {
namespace {

// Whether the model's classes have names of their own.
bool AreKnown(const std::vector<std::string>& classes) {
  return classes != data::ClassNumbers(0, std::ssize(classes));
}

// Says how classes that a model does not name are taken. count: the model's.
std::string TakenInOrder(const std::vector<std::string>& found, int count) {
  const bool all = std::ssize(found) == count;
  return "the classes " + found.front() + " to " + found.back() +
         " are taken as the model's 0 to " + std::to_string(found.size() - 1) + ", in this order" +
         (all ? "; --labels FILE names the model's classes in another"
              : ", and it has " + std::to_string(count) + " classes: --labels FILE names them all");
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
                                                const predictor::LoadOptions& options,
                                                const predictor::ContractOverrides& overrides) {
  auto model = StartEngine()->Load(version, predictor::EngineOptions(options, overrides));
  if (!model) return Annotate(model.error(), version.string());
  if (auto fits = CheckTakesPictures(version, (*model)->info()); !fits) return fits.error();
  return model;
}

Result<std::vector<std::string>> MatchClasses(const std::vector<std::string>& found,
                                              const OpenRequest& request, std::string& note) {
  const auto among = [](const std::vector<std::string>& names) {
    return [&names](const std::string& name) { return std::ranges::count(names, name) > 0; };
  };
  const bool numbers = data::AreNumbers(found);
  const bool known = AreKnown(request.classes);
  if (known && (!numbers || std::ranges::any_of(found, among(request.classes)))) {
    return request.classes;
  }
  const int count = known ? static_cast<int>(request.classes.size()) : request.class_count;
  if (count == 0) return found;
  if (!numbers) {
    note = TakenInOrder(found, count);
    return found;
  }
  const std::vector<std::string> own_numbers = data::ClassNumbers(0, count);
  if (std::ranges::all_of(found, among(own_numbers))) {
    if (known) note = "the labels are numbers: 0 is taken as " + request.classes[0] + ", and so on";
    return own_numbers;
  }
  const std::string span = found.front() + " to " + found.back();
  if (!known && std::ssize(found) == count) {
    note = TakenInOrder(found, count);
    return found;
  }
  return Error{Code::kInvalidArgument,
               "the " + std::to_string(found.size()) + " classes " + span +
                   " are none of the model's 0 to " + std::to_string(count - 1) +
                   "; name the model's classes, a line each in its order, by --labels FILE"};
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
  std::string matched;
  const bool by_number = dataset->kind() == data::Kind::kIdx || flags.read.first_label;
  if (request.labelled && !by_number) {
    const auto classes = MatchClasses(dataset->classes(), request, matched);
    if (!classes) return Annotate(classes.error(), flags.data);
    options.classes = *classes;
  } else if (request.labelled && AreKnown(request.classes) && AreKnown(dataset->classes())) {
    options.classes = request.classes;
  }
  if (!options.classes.empty() && options.classes != dataset->classes()) {
    dataset = data::Open(flags.data, options);
    if (!dataset) return dataset;
  }
  if (!matched.empty()) std::fprintf(stderr, "%s: %s\n", flags.data.c_str(), matched.c_str());
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
