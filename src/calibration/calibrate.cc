#include "calibration/calibrate.h"

#include <algorithm>
#include <cstdio>
#include <ranges>

#include "calibration/keep.h"
#include "calibration/pictures.h"
#include "calibration/probe.h"
#include "calibration/run_model.h"
#include "data/classes.h"
#include "fitting/choose_scaling.h"
#include "fitting/corrupt.h"
#include "fitting/split.h"
#include "predictor/load.h"
#include "predictor/profile_file.h"

namespace credence::calibration {
namespace {

// What was learned as input.json would say it, over the version's range, fit and labels.
predictor::ContractOverrides Learned(const LearnedFraming& framing,
                                     const predictor::ContractOverrides& version) {
  predictor::ContractOverrides learned;
  learned.range = version.range;
  learned.fit = version.fit;
  learned.labels = version.labels;
  learned.channel_order = version.channel_order;
  learned.background = framing.background;
  learned.framing = framing.framing;
  if (framing.framing == image::Framing::kObject) learned.object = framing.object;
  return learned;
}

// The pictures and labels of some rows.
struct Sample {
  std::vector<std::uint8_t> levels;
  std::vector<std::int32_t> labels;
};
Sample Take(const Pictures& pictures, std::span<const std::size_t> rows) {
  Sample sample;
  const auto size = static_cast<std::ptrdiff_t>(pictures.shape.size());
  for (const std::size_t row : rows) {
    const auto begin = pictures.levels.begin() + static_cast<std::ptrdiff_t>(row) * size;
    sample.levels.insert(sample.levels.end(), begin, begin + size);
    sample.labels.push_back(pictures.labels[row]);
  }
  return sample;
}

// Class names: the user's, the version's, or the data's if they are more than numbers.
std::vector<std::string> ChooseLabels(const data::Dataset& dataset, int classes,
                                      const predictor::ContractOverrides& known) {
  if (!known.labels.empty()) return known.labels;
  const auto& names = dataset.classes();
  if (std::ssize(names) != classes) return {};
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (names[k] != std::to_string(k)) return names;
  }
  return {};
}

// The classes in the order of their names' bytes (1, 10, 2), in which ImageFolder and Keras number
// them. Empty: there is no doubt about the order, because it is the same or their names are known.
std::vector<std::string> AlphabeticalClasses(const data::Dataset& dataset, int classes,
                                             const predictor::ContractOverrides& known) {
  std::vector<std::string> names = dataset.classes();
  const bool folders = dataset.kind() == data::Kind::kFolders;
  if (!folders || !known.labels.empty() || std::ssize(names) != classes) return {};
  if (!data::AreNumbers(names)) return {};
  std::ranges::sort(names);
  return names == dataset.classes() ? std::vector<std::string>() : names;
}

// Of each of the classes its place in `other`.
std::vector<std::int32_t> PlacesIn(const std::vector<std::string>& other,
                                   const std::vector<std::string>& classes) {
  std::vector<std::int32_t> places;
  for (const std::string& name : other.empty() ? std::vector<std::string>() : classes) {
    places.push_back(static_cast<std::int32_t>(std::ranges::find(other, name) - other.begin()));
  }
  return places;
}

// What the profile does without, and what that costs.
void AddLosses(const model::ModelInfo& info, const reliability::Profile& profile,
               std::vector<std::string>& warnings) {
  if (!profile.has_features()) {
    warnings.emplace_back(
        "the model has no layer of features that can be used: how near a picture is to known ones "
        "is "
        "judged by its pixels alone");
  }
  if (!profile.has_pixels()) {
    warnings.emplace_back(
        "the model's input is not a picture of at least 4 x 4: there is no pixel model, no second "
        "opinion, and strange pictures are noticed by the model's features alone");
  }
  if (info.view->logit_source == model::LogitSource::kProbabilities ||
      profile.logit_rule == reliability::LogitRule::kLogProbability) {
    warnings.emplace_back(
        "the model gives probabilities only: answers that it rounds to 0 or 1 cannot be told apart "
        "by how clear they were");
  }
  if (profile.stochastic) {
    warnings.push_back("the model answers at random: each answer is the mean of " +
                       std::to_string(profile.passes) +
                       " passes, costs as much, and the same picture may get another one");
  }
}

// What is doubtful about the value range.
void AddRangeWarnings(const model::ModelInfo& info, const Calibration& calibration,
                      std::vector<std::string>& warnings) {
  const image::ValueRange& used = calibration.contract.range;
  const bool found = calibration.range_from == RangeFrom::kFound;
  if (found && calibration.scaling.ambiguous) {
    char text[160];
    std::snprintf(text, sizeof text,
                  "the value range is ambiguous: the next best one is only %.4f nats worse; "
                  "give --input-range if you know it",
                  calibration.scaling.margin);
    warnings.emplace_back(text);
  }
  if (const auto& better = calibration.better_range) {
    char nats[32];
    std::snprintf(nats, sizeof nats, "%.2f",
                  calibration.profile.scaling_table.front().criterion - better->criterion);
    warnings.push_back(
        "input.json states the range " + used.name +
        ", which is used, but the model predicts these pictures better with " + better->name +
        (better->inverted ? " inverted (by " : " (by ") + nats +
        " nats): if input.json is wrong, take `range` out of it and calibrate again");
  }
  const auto& read = info.view->input.range;
  if (read && read->name != used.name) {
    const std::string first = "the model's first operations take " + read->name + ", but ";
    const char* who = calibration.range_from == RangeFrom::kFlag ? "--input-range" : "input.json";
    warnings.push_back(first + (found ? "it predicts these pictures best with " + used.name +
                                            "; give --input-range if you know it"
                                      : std::string(who) + " states " + used.name));
  }
}

void AddWarnings(const model::ModelInfo& info, const Calibration& calibration,
                 std::vector<std::string>& warnings) {
  if (calibration.other_order) {
    constexpr std::size_t kShown = 4;
    std::string names;
    for (const std::string& name : calibration.profile.labels | std::views::take(kShown)) {
      names += name + ", ";
    }
    warnings.push_back("the model has the classes in the alphabetical order of their folders (" +
                       names +
                       "...), as ImageFolder and Keras number them: so it predicts the "
                       "labels");
  }
  if (calibration.blank != 0) {
    warnings.push_back("left out " + std::to_string(calibration.blank) +
                       " pictures in which no content was found: the server calls them unfamiliar, "
                       "whatever the model says");
  }
  if (calibration.doubtful != 0) {
    warnings.push_back("left out " + std::to_string(calibration.doubtful) +
                       " pictures that hold several objects or a cut one, or are over " +
                       std::to_string(image::kAspectMax) +
                       " times longer than wide: the server never calls them reliable");
  }
  AddRangeWarnings(info, calibration, warnings);
  const reliability::Provenance& from = calibration.profile.provenance;
  const auto& rows = from.class_rows_b;
  const double commonest = static_cast<double>(*std::max_element(rows.begin(), rows.end())) /
                           static_cast<double>(from.rows_b);
  const double accuracy = calibration.profile.card.accuracy.value;
  if (accuracy <= commonest) {
    char text[200];
    std::snprintf(text, sizeof text,
                  "the model is right for %.1f %% of the pictures; always giving the commonest "
                  "class would be for %.1f %%: are these the model's labels?",
                  100 * accuracy, 100 * commonest);
    warnings.emplace_back(text);
  }
  const auto& fit = calibration.report.warnings;
  warnings.insert(warnings.end(), fit.begin(), fit.end());
}

void FillProvenance(const model::ModelInfo& info, const std::string& digest,
                    const CalibrateOptions& options, reliability::Provenance& out) {
  out.creator = options.creator;
  out.created = options.created;
  out.data_digest = digest;
  out.options = options.given;
  out.signature = info.signature;
  out.input_name = info.view->input.name;
  out.logits_name = info.view->output_name;
  out.feature_name = info.view->feature_name;
}

// what: "labelled pictures", …
Result<void> CheckCount(const data::Dataset& dataset, std::size_t count, const char* what) {
  if (count >= fitting::kRowsMin) return {};
  return Error{Code::kInvalidArgument, dataset.path().string() + " has " + std::to_string(count) +
                                           " " + what + "; calibration needs at least 100"};
}

// What is not to be chosen: the user's range, the version's, or the only one that int8 has.
void SetKnownRange(const model::ModelInfo& info, const Calibration& calibration,
                   ProbeOptions& probe) {
  const bool only = info.inputs[0].type == model::DataType::kInt8;
  if (only || calibration.range_from != RangeFrom::kFound) probe.range = calibration.contract.range;
  probe.doubt_range = !only && calibration.range_from == RangeFrom::kVersion;
}

// The cost of each class; empty: none has one of its own. A class is named as the version names it,
// or by its number.
Result<std::vector<double>> ClassCosts(const CalibrateOptions& options,
                                       const std::vector<std::string>& labels,
                                       std::size_t classes) {
  if (options.class_cost.empty()) return std::vector<double>();
  std::vector<double> costs(classes, options.cost);
  for (const auto& [name, cost] : options.class_cost) {
    std::size_t k = 0;
    while (k < classes && name != (labels.empty() ? std::to_string(k) : labels[k])) ++k;
    if (k == classes) {
      return Error{Code::kInvalidArgument, "a cost of class '" + name + "', which is none of the " +
                                               std::to_string(classes) + " classes"};
    }
    costs[k] = cost;
  }
  return costs;
}

// Chooses the range, runs the model over all rows and fits the profile.
// other_order: see ProbeOptions; when the classes have it, the pictures get their labels by it.
// labels: the classes' names, in the data's order, as far as they are known.
Result<void> Fit(const std::shared_ptr<const model::Model>& model,
                 std::span<const std::int32_t> other_order, const std::vector<std::string>& labels,
                 const CalibrateOptions& options, Pictures& pictures, Calibration& out) {
  auto runner = ModelRunner::Make(model, out.contract);
  if (!runner) return runner.error();
  const model::ModelInfo& info = model->info();
  const auto split = fitting::SplitRows(options.seed, pictures.rows(), pictures.groups);
  const Sample sample = Take(pictures, fitting::ScalingRows(options.seed, split.a));
  ProbeOptions probing = {.bytes = info.view->input.element == image::ElementType::kUint8,
                          .detect_rule = info.view->logit_source == model::LogitSource::kOutput,
                          .samples = options.samples,
                          .other_order = {other_order.begin(), other_order.end()},
                          .colour = info.view->input.channels == 3 && !out.input.channel_order};
  SetKnownRange(info, out, probing);
  const auto probe = ProbeModel(*runner, sample.levels, sample.labels, probing);
  if (!probe) return probe.error();
  out.other_order = probe->other_order;
  if (probe->other_order) Reorder(other_order, pictures.labels);
  out.scaling = probe->choice;
  out.better_range = probe->better;
  out.contract.range = predictor::ToValueRange(probe->scaling);

  const RunSettings settings = {
      .range = out.contract.range,
      .passes = {.samples = probe->stochastic ? options.samples : 1, .logits = probe->rule}};
  const auto outputs = runner->Run(pictures.levels, pictures.rows(), settings, options.progress);
  if (!outputs) return outputs.error();
  fitting::FitOptions fit = {.seed = options.seed,
                             .risk = options.risk,
                             .reliable_share = options.reliable_share,
                             .class_risk = options.class_risk,
                             .cost = options.cost,
                             .foreign_share = options.foreign_share,
                             .fields = options.fields};
  auto costs = ClassCosts(options, labels, runner->classes());
  if (!costs) return costs.error();
  fit.class_cost = *std::move(costs);
  const std::size_t copies = fitting::CopyCount(split.a.size());
  std::size_t ran = 0;
  const auto run_copies = [&](std::span<const std::uint8_t> levels, std::size_t count) {
    ran += count;
    if (options.progress) options.progress("running damaged copies", std::min(ran, copies), copies);
    return runner->Run(levels, count, settings);
  };
  auto fitted = fitting::FitProfile({.shape = pictures.shape,
                                     .classes = runner->classes(),
                                     .feature_size = runner->feature_size(),
                                     .pictures = pictures.levels,
                                     .logits = outputs->logits,
                                     .features = outputs->features,
                                     .labels = pictures.labels,
                                     .groups = pictures.groups,
                                     .torn = pictures.torn,
                                     .order = pictures.order},
                                    run_copies, fit);
  if (!fitted) return fitted.error();
  out.profile = std::move(fitted->profile);
  out.report = std::move(fitted->report);
  out.profile.scaling = probe->scaling;
  out.profile.scaling_table = probe->table;
  out.profile.logit_rule = probe->rule;
  out.profile.stochastic = probe->stochastic;
  out.profile.passes = static_cast<std::size_t>(settings.passes.samples);
  out.known = ChooseKnownPictures(pictures, split.a, options.seed, runner->feature_size());
  out.golden_candidates = GoldenCandidates(pictures, split.b);
  return {};
}

}  // namespace

Result<Calibration> Calibrate(const std::shared_ptr<const model::Model>& model,
                              const data::Dataset& dataset, const CalibrateOptions& options) {
  const model::ModelInfo& info = model->info();
  const auto rows = static_cast<std::size_t>(dataset.rows());
  if (auto enough = CheckCount(dataset, rows, "labelled pictures"); !enough) return enough.error();
  if (auto checked = CheckLabels(dataset, info.view->classes); !checked) return checked.error();
  Calibration out;
  auto framing = LearnFraming(dataset, info.view->input.channels, options.progress);
  if (!framing) return framing.error();
  out.framing = *framing;
  const auto merged = predictor::Merge(options.flags, Learned(*framing, options.version));
  auto contract = predictor::MakeContract(info.view->input, merged);
  if (!contract) return contract.error();
  out.contract = *std::move(contract);
  out.input = predictor::Merge(options.flags, options.version);
  if (options.version.range) out.range_from = RangeFrom::kVersion;
  if (options.flags.range) out.range_from = RangeFrom::kFlag;

  const SystemClock clock;
  auto pictures = ReadPictures(
      dataset, MakeTrial(model, out.contract, {}, options.decode_limits, clock), options.progress);
  if (!pictures) return pictures.error();
  out.blank = pictures->blank;
  out.doubtful = pictures->doubtful;
  if (auto enough = CheckCount(dataset, pictures->rows(), "usable labelled pictures"); !enough) {
    return enough.error();
  }
  const int classes = info.view->classes;
  const auto alphabetical = AlphabeticalClasses(dataset, classes, merged);
  const auto other_order = PlacesIn(alphabetical, dataset.classes());
  if (auto fitted =
          Fit(model, other_order, ChooseLabels(dataset, classes, merged), options, *pictures, out);
      !fitted) {
    return fitted.error();
  }
  out.profile.labels = out.other_order ? alphabetical : ChooseLabels(dataset, classes, merged);
  FillProvenance(info, pictures->digest, options, out.profile.provenance);
  out.profile.provenance.group_source = dataset.group_source();
  AddLosses(info, out.profile, out.warnings);
  AddWarnings(info, out, out.warnings);
  return out;
}

}  // namespace credence::calibration
