#include "calibration/calibrate.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/time_text.h"
#include "calibration/keep.h"
#include "calibration/pictures.h"
#include "calibration/run_model.h"
#include "calibration/save.h"
#include "cli/data_check.h"
#include "cli/measure.h"
#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "predictor/load.h"
#include "predictor/profile_file.h"

namespace credence::cli {
namespace {

constexpr double kCostMax = 1e6;

struct CalibrateFlags : MeasureFlags {
  std::uint64_t seed = 0;
  double risk = 0;                 // 0: the ladder
  double reliable_share = 0;       // 0: what saves most
  double class_risk = 0;           // 0: no condition
  std::vector<std::string> costs;  // "20" or "CLASS=20"
  double foreign_share = 0.01;
  std::vector<std::string> fields;  // lengths, or "groups"
  bool dry_run = false;
  bool no_similar = false;
  std::string golden;  // pictures to make golden inputs from; empty: calibration pictures
};

// When a profile was made, as it says: now, or SOURCE_DATE_EPOCH, with which the same calibration
// gives the same bytes (reproducible-builds.org).
Result<std::string> TimeOfMaking() {
  constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the end of the year 9999
  const char* const given = std::getenv("SOURCE_DATE_EPOCH");
  if (given == nullptr) return Rfc3339(SystemClock().Wall());
  const std::string problem = WholeNumberProblem(given, 0, kSecondsMax);
  if (!problem.empty()) return Error{Code::kInvalidArgument, "SOURCE_DATE_EPOCH: " + problem};
  return Rfc3339(WallTime(std::chrono::seconds(std::strtoll(given, nullptr, 10))));
}

// As the user wrote them; what was not given is left out.
std::map<std::string, std::string> Given(const CalibrateFlags& flags) {
  std::map<std::string, std::string> given = {{"data", flags.data.data},
                                              {"split", flags.data.split},
                                              {"rows", flags.data.rows},
                                              {"input-range", flags.input.input_range},
                                              {"framing", flags.input.framing},
                                              {"fit", flags.input.fit},
                                              {"background", flags.input.background},
                                              {"input-size", flags.input.input_size},
                                              {"channel-order", flags.input.channel_order},
                                              {"scores", flags.input.scores},
                                              {"signature", flags.input.signature}};
  std::erase_if(given, [](const auto& item) { return item.second.empty(); });
  if (flags.data.read.layout != "any") given["layout"] = flags.data.read.layout;
  if (flags.data.read.transpose) given["transpose"] = "true";
  if (flags.data.read.first_label) {
    given["first-label"] = std::to_string(*flags.data.read.first_label);
  }
  if (flags.data.bad_files_max > 0) {
    given["bad-files-max"] = std::to_string(flags.data.bad_files_max);
  }
  if (flags.data.i_know) given["i-know"] = "true";
  given["seed"] = std::to_string(flags.seed);
  given["samples"] = std::to_string(flags.input.samples);
  for (const auto& [name, value] :
       {std::pair("risk", flags.risk), std::pair("reliable-share", flags.reliable_share),
        std::pair("class-risk", flags.class_risk)}) {
    if (value > 0) given[name] = std::to_string(value);
  }
  for (const std::string& cost : flags.costs) {
    std::string& all = given["cost"];
    all += (all.empty() ? "" : " ") + cost;
  }
  for (const std::string& fields : flags.fields) {
    std::string& all = given["fields-of"];
    all += (all.empty() ? "" : " ") + fields;
  }
  given["foreign-share"] = std::to_string(flags.foreign_share);
  for (const auto& [name, value] : {std::pair("group-by", flags.data.read.group_by),
                                    std::pair("group-column", flags.data.read.group_column),
                                    std::pair("groups", flags.data.read.groups)}) {
    if (!value.empty()) given[name] = value;
  }
  if (!flags.golden.empty()) given["golden"] = flags.golden;
  return given;
}

// "20" is every wrong answer's cost, "CLASS=20" that of wrong answers CLASS.
Result<void> ReadCosts(const std::vector<std::string>& texts,
                       calibration::CalibrateOptions& options) {
  for (const std::string& text : texts) {
    const std::size_t equals = text.rfind('=');
    const bool of_class = equals != std::string::npos;
    const std::string number = of_class ? text.substr(equals + 1) : text;
    const std::string problem = RealNumberProblem(number, fitting::kCostMin, kCostMax);
    if (!problem.empty()) return Error{Code::kInvalidArgument, "--cost " + text + ": " + problem};
    const double cost = std::stod(number);
    if (of_class) {
      options.class_cost[text.substr(0, equals)] = cost;
    } else {
      options.cost = cost;
    }
  }
  return {};
}

// "5" is fields of five pictures, "groups" the groups of the data as fields.
Result<void> ReadFields(const std::vector<std::string>& texts, fitting::FieldOptions& fields) {
  for (const std::string& text : texts) {
    if (text == "groups") {
      fields.given = true;
      continue;
    }
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc() || end != text.data() + text.size() ||
        length < reliability::kFieldLengthMin || length > reliability::kFieldLengthMax) {
      return Error{Code::kInvalidArgument,
                   "--fields-of " + text + ": want a number of pictures from 2 to 64, or groups"};
    }
    fields.lengths.push_back(length);
  }
  if (fields.given && !fields.lengths.empty()) {
    return Error{Code::kInvalidArgument,
                 "--fields-of: either groups, or numbers of pictures; not both"};
  }
  return {};
}

// The first pictures of --golden, as the model sees them.
Result<std::vector<image::Pixels>> OtherCandidates(const CalibrateFlags& flags,
                                                   const predictor::Predictor& predictor) {
  const auto dataset =
      OpenData({.data = flags.golden, .rows = "0:" + std::to_string(calibration::kGoldenRows)},
               {.labelled = false, .decode_limits = predictor.decode_limits()});
  if (!dataset) return dataset.error();
  const auto pictures = calibration::ReadPictures(*dataset, predictor, {});
  if (!pictures) return pictures.error();
  if (pictures->rows() == 0) {
    return Error{Code::kInvalidArgument, flags.golden + ": no content was found in any picture"};
  }
  std::vector<std::size_t> rows(pictures->rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return calibration::GoldenCandidates(*pictures, rows);
}

// Lets the version, as the server will have it, answer the golden candidates.
Result<void> MakeGolden(const CalibrateFlags& flags, std::shared_ptr<const model::Model> model,
                        const image::DecodeLimits& limits, calibration::Calibration& done) {
  const SystemClock clock;
  if (!flags.golden.empty()) {
    auto other =
        OtherCandidates(flags, calibration::MakeTrial(model, done.contract, {}, limits, clock));
    if (!other) return Annotate(other.error(), "--golden");
    done.golden_candidates = *std::move(other);
  }
  predictor::Kept kept;
  kept.profile = done.profile;
  predictor::LoadOptions options;
  options.overrides.channel_order = done.input.channel_order;
  const auto loaded =
      predictor::Assemble({.name = "golden"}, std::move(model), std::move(kept), options, clock);
  if (!loaded) return loaded.error();
  auto golden = predictor::MakeGolden(*loaded->predictor, loaded->last(), done.golden_candidates);
  if (!golden) return golden.error();
  done.golden = *std::move(golden);
  done.golden.bf16 = flags.input.bf16;
  return {};
}

// What input.json says, but for a range that an earlier calibration chose of several and wrote
// there: this one chooses anew, unless a flag gives the range. Who chose it, the version's profile
// says, whatever model that was fitted on; one that is damaged or of another format does not say it
// any more, and the range is kept with a warning.
Result<predictor::ContractOverrides> OwnInput(const std::filesystem::path& version,
                                              const predictor::ContractOverrides& flags,
                                              std::vector<std::string>& warnings) {
  auto own = predictor::ReadInputJson(version);
  if (!own || !own->range || flags.range) return own;
  const auto profile = predictor::ReadProfileFile(predictor::ProfileOf(version));
  if (!profile) {
    const Error& error = profile.error();
    if (error.code != Code::kDataLoss && error.code != Code::kFailedPrecondition) return error;
    warnings.push_back(error.message + "; so nothing says whether an earlier calibration chose " +
                       "the range " + own->range->name + " of input.json, and it is kept: if it " +
                       "did, take `range` out of input.json and calibrate again");
    return own;
  }
  if (!*profile) return own;
  const bool chosen = (*profile)->scaling_table.size() > 1;
  if (chosen && (*profile)->scaling.name == own->range->name) own->range.reset();
  return own;
}

// pictures: what it was calibrated on.
Result<calibration::Calibration> RunCalibration(const CalibrateFlags& flags,
                                                const std::filesystem::path& version,
                                                data::UsedPictures& pictures) {
  const auto options = ToLoadOptions(flags.input);
  if (!options) return options.error();
  std::vector<std::string> warnings;
  const auto own = OwnInput(version, options->overrides, warnings);
  if (!own) return own.error();
  const predictor::ContractOverrides merged = predictor::Merge(options->overrides, *own);
  auto loaded = LoadModel(version, *options, merged);
  if (!loaded) return loaded.error();
  const std::shared_ptr<const model::Model> model = *std::move(loaded);
  auto dataset = OpenData(flags.data, {.classes = merged.labels,
                                       .class_count = model->info().view->classes,
                                       .decode_limits = options->decode_limits});
  if (!dataset) return dataset.error();
  auto created = TimeOfMaking();
  if (!created) return created.error();
  auto checked = CheckData(version, flags.data, *dataset);
  if (!checked) return checked.error();
  calibration::CalibrateOptions calibrate = {.seed = flags.seed,
                                             .foreign_share = flags.foreign_share,
                                             .samples = flags.input.samples,
                                             .decode_limits = options->decode_limits,
                                             .flags = options->overrides,
                                             .version = *own,
                                             .creator = "credence " + std::string(Version()),
                                             .created = *std::move(created),
                                             .given = Given(flags),
                                             .progress = TerminalProgress()};
  if (flags.risk > 0) calibrate.risk = flags.risk;
  if (flags.reliable_share > 0) calibrate.reliable_share = flags.reliable_share;
  if (flags.class_risk > 0) calibrate.class_risk = flags.class_risk;
  if (auto read = ReadCosts(flags.costs, calibrate); !read) return read.error();
  if (auto read = ReadFields(flags.fields, calibrate.fields); !read) return read.error();
  auto done = calibration::Calibrate(model, *dataset, calibrate);
  if (!done) return done;
  auto fingerprint = predictor::ModelFingerprint(version);
  if (!fingerprint) return fingerprint.error();
  done->profile.provenance.model_files = *std::move(fingerprint);
  if (flags.no_similar) done->known = {};
  warnings.insert(warnings.end(), checked->warnings.begin(), checked->warnings.end());
  done->warnings.insert(done->warnings.begin(), warnings.begin(), warnings.end());
  pictures = std::move(checked->pictures);
  if (auto made = MakeGolden(flags, model, options->decode_limits, *done); !made) {
    return made.error();
  }
  return done;
}

// Whether a profile can be put into the version: asked before the work, which may take an hour.
// Errors: kUnavailable.
Result<void> CheckWritable(const std::filesystem::path& version) {
  std::filesystem::path folder = predictor::AssetsOf(version);
  std::error_code ignored;
  while (folder != version && !std::filesystem::exists(folder, ignored)) {
    folder = folder.parent_path();
  }
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return Error{Code::kUnavailable, folder.string() + ": the profile cannot be written there: " +
                                       std::strerror(errno) + "; --dry-run writes none"};
}

int Calibrate(const CalibrateFlags& flags) {
  const auto chosen = ChooseVersion(flags.model, flags.predictor);
  if (!chosen) return Fail(chosen.error());
  const std::filesystem::path& version = chosen->version.path;
  if (!flags.dry_run) {
    if (auto writable = CheckWritable(version); !writable) return Fail(writable.error());
  }
  data::UsedPictures pictures;
  const auto done = RunCalibration(flags, version, pictures);
  if (!done) return Fail(done.error());
  if (!flags.dry_run) {
    auto saved = calibration::Save(version, *done);
    if (saved) saved = data::WriteUsedPictures(CalibrationPictures(version), pictures);
    if (!saved) return Fail(saved.error());
  }
  PrintReport(*done,
              chosen->name + " version " + std::to_string(chosen->version.version) + ": " +
                  version.string(),
              flags.json);
  if (flags.json) return 0;
  std::printf("\n%s %s: the profile, %zu known pictures, %zu golden inputs\n",
              flags.dry_run ? "dry run: nothing was written to" : "wrote to",
              predictor::AssetsOf(version).c_str(), done->known.size(), done->golden.inputs.size());
  return 0;
}

}  // namespace

cli::Run AddCalibrate(CLI::App& app) {
  auto flags = std::make_shared<CalibrateFlags>();
  CLI::App* verb = app.add_subcommand(
      "calibrate",
      "Learns how far to believe a model from labelled pictures, and writes it into the version.\n"
      "Take pictures that the model was not trained on, like those it will serve; 1000 or more.\n"
      "  credence calibrate --model models/digits/3 --data mnist\n"
      "  credence calibrate --model DIR --data mnist --split t10k --rows 0::2 --risk 0.01");
  AddMeasureFlags(*verb, *flags);
  verb->add_option("--seed", flags->seed, "Of the split into halves and of all else random")
      ->capture_default_str();
  verb->add_option("--risk", flags->risk,
                   "The one error rate to certify, that of `reliable` answers, e.g. 0.02; default: "
                   "0.005, 0.01, 0.02, 0.05 and 0.1 at once, and `reliable` is the one that saves "
                   "most")
      ->check(RealNumber(1e-4, 0.499));
  verb->add_option("--reliable-share", flags->reliable_share,
                   "How many answers should be `reliable`, e.g. 0.8: by the smallest certified "
                   "error rate that has as many")
      ->check(RealNumber(0.01, 1))
      ->excludes("--risk");
  verb->add_option("--class-risk", flags->class_risk,
                   "`reliable` only where the error rate of the answer's class is certified on its "
                   "own, at most this")
      ->check(RealNumber(1e-4, 0.499));
  verb->add_option(
      "--cost", flags->costs,
      "What a wrong accepted answer costs, in answers of a person, at least 2; default "
      "10. CLASS=COST for one class; may be given several times");
  verb->add_option("--foreign-share", flags->foreign_share,
                   "Share of the traffic that is none of the model's business: what `confidence` "
                   "allows for; 0: nothing")
      ->check(RealNumber(0, 0.5))
      ->capture_default_str();
  verb->add_option(
      "--fields-of", flags->fields,
      "Certify fields, too: several pictures that make one value. 5: of five pictures, "
      "made of independent ones; several lengths may be given. groups: each group of "
      "the data is a field, its pictures in their order");
  verb->add_flag("--no-similar", flags->no_similar,
                 "Keep no calibration pictures in the version for explanations");
  verb->add_option("--golden", flags->golden,
                   "Pictures to make the golden inputs from (data set or folder); default: "
                   "calibration pictures, up to 10 of which the version then holds");
  verb->add_flag("--dry-run", flags->dry_run, "Report, but write nothing");
  return [flags] { return Calibrate(*flags); };
}

}  // namespace credence::cli
