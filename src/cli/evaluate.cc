#include "calibration/evaluate.h"

#include <memory>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/write_file.h"
#include "cli/data_check.h"
#include "cli/engine.h"
#include "cli/measure.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "predictor/kept_pages.h"
#include "predictor/load.h"
#include "predictor/profile_file.h"
#include "report/html.h"
#include "report/rows_csv.h"

namespace credence::cli {
namespace {

struct EvaluateFlags : MeasureFlags {
  std::vector<std::string> foreign;
  std::string compare;  // "raw" or a profile
  std::string html, rows_out;
  bool keep = false;
};

Result<std::vector<data::Dataset>> OpenForeign(const EvaluateFlags& flags,
                                               const image::DecodeLimits& limits) {
  std::vector<data::Dataset> foreign;
  for (const std::string& path : flags.foreign) {
    const DataFlags data = {.data = path, .bad_files_max = flags.data.bad_files_max};
    auto dataset = OpenData(data, {.labelled = false, .decode_limits = limits});
    if (!dataset) return Annotate(dataset.error(), "--ood");
    if (auto checked = CheckForeign(data, *dataset); !checked) {
      return Annotate(checked.error(), "--ood");
    }
    foreign.push_back(*std::move(dataset));
  }
  return foreign;
}

// A profile file that was fitted on this very version's model.
Result<reliability::Profile> ReadOtherProfile(const std::string& path,
                                              const std::filesystem::path& version) {
  auto read = predictor::ReadProfileFile(path);
  if (!read) return Annotate(read.error(), "--compare");
  if (!*read) return Error{Code::kNotFound, "--compare " + path + ": there is no such file"};
  auto& profile = *read;
  const auto fingerprint = predictor::ModelFingerprint(version);
  if (!fingerprint) return fingerprint.error();
  if (profile->provenance.model_files != *fingerprint) {
    return Error{Code::kFailedPrecondition,
                 "--compare " + path + " was fitted on another model than " + version.string()};
  }
  return *std::move(profile);
}

// The version as it would be served with the profile of that file.
Result<predictor::Loaded> WithOtherProfile(const predictor::Loaded& own,
                                           const predictor::VersionPlace& place,
                                           const std::string& path,
                                           const predictor::LoadOptions& options,
                                           const Clock& clock) {
  auto profile = ReadOtherProfile(path, place.path);
  if (!profile) return profile.error();
  predictor::Kept kept;
  kept.profile = *std::move(profile);
  const auto input = predictor::VersionInput(place.path, kept.profile);
  if (!input) return input.error();
  predictor::LoadOptions merged = options;
  merged.overrides = predictor::Merge(options.overrides, *input);
  return predictor::Assemble(place, own.predictor->model(), std::move(kept), merged, clock);
}

Result<calibration::Evaluation> RunEvaluation(const EvaluateFlags& flags,
                                              const ChosenVersion& chosen) {
  auto options = ToLoadOptions(flags.input);
  if (!options) return options.error();
  // With a range of the user's other answers are what was asked for.
  options->golden = !options->overrides.range;
  const SystemClock clock;
  const predictor::VersionPlace place{chosen.name, chosen.version.version, chosen.version.path};
  const auto loaded = predictor::Load(*StartEngine(), place, *options, clock);
  if (!loaded) return Annotate(loaded.error(), place.path.string());
  const predictor::Predictor& predictor = *loaded->predictor;
  if (auto fits = CheckTakesPictures(place.path, predictor.model_info()); !fits) {
    return fits.error();
  }
  if (predictor.profile() == nullptr) {
    return Error{Code::kFailedPrecondition,
                 place.path.string() + " has no profile; run `credence calibrate` first"};
  }
  auto dataset = OpenData(flags.data, {.classes = predictor.labels(),
                                       .class_count = predictor.view().classes,
                                       .decode_limits = predictor.decode_limits()});
  if (!dataset) return dataset.error();
  auto checked = CheckData(place.path, flags.data, *dataset);
  if (!checked) return checked.error();
  const auto overlap = CalibrationOverlap(place.path, predictor.profile()->provenance.data_digest,
                                          checked->pictures);
  auto& warnings = checked->warnings;
  warnings.insert(warnings.end(), overlap.begin(), overlap.end());
  const auto foreign = OpenForeign(flags, predictor.decode_limits());
  if (!foreign) return foreign.error();
  calibration::EvaluateRequest request = {.version = *loaded,
                                          .labelled = *dataset,
                                          .foreign = *foreign,
                                          .in_full = !flags.compare.empty(),
                                          .progress = TerminalProgress()};
  Result<predictor::Loaded> other = Error{Code::kNotFound, ""};
  if (!flags.compare.empty() && flags.compare != "raw") {
    other = WithOtherProfile(*loaded, place, flags.compare, *options, clock);
    if (!other) return other.error();
    request.other = &*other;
    request.other_name = flags.compare;
  }
  auto done = calibration::Evaluate(request);
  if (done) done->warnings.insert(done->warnings.begin(), warnings.begin(), warnings.end());
  return done;
}

std::string Heading(const ChosenVersion& chosen, const EvaluateFlags& flags) {
  std::string heading =
      chosen.name + " version " + std::to_string(chosen.version.version) + " on " + flags.data.data;
  if (!flags.data.split.empty()) heading += ", " + flags.data.split;
  if (!flags.data.rows.empty()) heading += ", rows " + flags.data.rows;
  return heading;
}

int Evaluate(const EvaluateFlags& flags) {
  const auto chosen = ChooseVersion(flags.model, flags.predictor);
  if (!chosen) return Fail(chosen.error());
  const auto done = RunEvaluation(flags, *chosen);
  if (!done) return Fail(done.error());
  const std::string heading = Heading(*chosen, flags);
  if (!flags.rows_out.empty()) {
    const auto written = WriteAtomically(flags.rows_out, report::RowsCsv(*done));
    if (!written) return Fail(written.error());
  }
  if (!flags.html.empty()) {
    const auto written = WriteAtomically(flags.html, report::ToHtml(*done, heading));
    if (!written) return Fail(written.error());
  }
  if (flags.keep) {
    const auto kept = predictor::WriteReport(chosen->version.path, report::ToHtml(*done, heading));
    if (!kept) return Fail(kept.error());
  }
  PrintReport(*done, heading, flags.json);
  return 0;
}

}  // namespace

cli::Run AddEvaluate(CLI::App& app) {
  auto flags = std::make_shared<EvaluateFlags>();
  CLI::App* verb = app.add_subcommand(
      "evaluate",
      "The report card of a calibrated version, on labelled pictures that `calibrate` has not "
      "seen.\n"
      "  credence evaluate --model models/digits/3 --data mnist --rows 1::2 --html report.html\n"
      "  credence evaluate --model DIR --data mnist --rows 1::2 --ood fashion_test --compare raw");
  AddMeasureFlags(*verb, *flags);
  verb->add_option("--ood", flags->foreign,
                   "Pictures that are not the model's business: how well are they noticed?");
  verb->add_option(
      "--compare", flags->compare,
      "raw: all figures of the baselines (temperature scaling, the model's own softmax, "
      "energy, nearest neighbour) beside ours, with the intervals of the differences; "
      "or a file with another profile of the same model: beside that, too");
  verb->add_option("--html", flags->html, "Write the report with plots and pictures to this file");
  verb->add_flag("--keep", flags->keep,
                 "Keep the page in the version, at most 1 MB: the server shows it at "
                 "/predictors/NAME");
  verb->add_option("--rows-out", flags->rows_out,
                   "Write a CSV with one line a picture to this file");
  return [flags] { return Evaluate(*flags); };
}

}  // namespace credence::cli
