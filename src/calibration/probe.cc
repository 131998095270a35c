#include "calibration/probe.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "fitting/choose_scaling.h"
#include "fitting/temperature.h"
#include "predictor/profile_file.h"
#include "reliability/logits.h"

namespace credence::calibration {
namespace {

constexpr std::size_t kStochasticRows = 32;
constexpr float kStochasticTolerance = 1e-6f;
constexpr double kOrderMargin = 0.01;   // nats by which another order of the classes must be better
constexpr double kRenamedShare = 0.6;   // of the pictures that a renaming of classes makes right
constexpr double kConstantShare = 0.9;  // of the pictures that get one and the same class

reliability::Scaling ToScaling(const image::ValueRange& range) {
  reliability::Scaling scaling = {.name = range.name, .inverted = range.inverted};
  for (std::size_t c = 0; c < 3; ++c) {
    scaling.sd[c] = 1 / (255 * static_cast<double>(range.scale[c]));
    scaling.mean[c] = -static_cast<double>(range.offset[c]) * scaling.sd[c];
  }
  return scaling;
}

std::vector<reliability::Scaling> Candidates(std::span<const std::uint8_t> levels,
                                             std::size_t channels, const ProbeOptions& options) {
  std::vector<reliability::Scaling> candidates;
  if (options.range) candidates.push_back(ToScaling(*options.range));
  if (options.range && !options.doubt_range) return candidates;
  for (reliability::Scaling& common : fitting::ScalingCandidates(levels, channels)) {
    const bool stated = options.range && common.name == options.range->name && !common.inverted;
    const bool possible = !options.bytes || (common.name == "0..255" && !common.inverted);
    if (possible && !stated) candidates.push_back(std::move(common));
  }
  return candidates;
}

bool Differ(std::span<const float> a, std::span<const float> b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::abs(a[i] - b[i]) > kStochasticTolerance) return true;
  }
  return false;
}

// How well the logits predict the labels; +inf when they are not finite.
double Criterion(const fitting::ModelOutputs& outputs, std::size_t classes,
                 std::span<const std::int32_t> labels) {
  const auto& logits = outputs.logits;
  if (!std::all_of(logits.begin(), logits.end(), [](float v) { return std::isfinite(v); })) {
    return std::numeric_limits<double>::infinity();
  }
  return fitting::FitTemperature(logits, classes, labels).criterion;
}

// How often each class was answered for each label.
class Confusion {
 public:
  Confusion(std::span<const float> logits, std::size_t classes,
            std::span<const std::int32_t> labels)
      : classes_(classes), rows_(labels.size()), answered_(classes), counts_(classes * classes) {
    for (std::size_t i = 0; i < rows_; ++i) {
      const std::size_t answer = reliability::Argmax(logits.subspan(i * classes, classes));
      ++answered_[answer];
      ++counts_[static_cast<std::size_t>(labels[i]) * classes + answer];
    }
  }

  // The class that is answered most, and for which share of the pictures.
  std::pair<std::size_t, double> Commonest() const {
    const auto most = std::ranges::max_element(answered_);
    return {static_cast<std::size_t>(most - answered_.begin()), Share(*most)};
  }

  // The share that would be right if each label had the class of its own that it mostly gets.
  double RightIfRenamed() const {
    std::vector<std::size_t> cells(counts_.size());
    std::iota(cells.begin(), cells.end(), std::size_t{0});
    std::ranges::stable_sort(cells, std::greater<>(), [&](std::size_t i) { return counts_[i]; });
    std::vector<bool> label_taken(classes_), class_taken(classes_);
    std::size_t right = 0;
    for (const std::size_t cell : cells) {
      if (label_taken[cell / classes_] || class_taken[cell % classes_]) continue;
      label_taken[cell / classes_] = class_taken[cell % classes_] = true;
      right += counts_[cell];
    }
    return Share(right);
  }

 private:
  double Share(std::size_t count) const {
    return static_cast<double>(count) / static_cast<double>(rows_);
  }

  const std::size_t classes_, rows_;
  std::vector<std::size_t> answered_, counts_;
};

// The best row of the table, if the first, which was stated, is clearly worse.
std::optional<reliability::ScalingRow> BetterThanStated(
    const std::vector<reliability::ScalingRow>& table) {
  const auto best = std::ranges::min_element(table, {}, &reliability::ScalingRow::criterion);
  if (!(best->criterion < table.front().criterion - kDoubtMargin)) return std::nullopt;
  return *best;
}

// A range that was stated, in words.
std::string StatedRange(const ProbeOptions& options,
                        const std::optional<reliability::ScalingRow>& better) {
  if (!options.doubt_range) {
    return "Was it trained on values " + options.range->name +
           "? Without a range that is given the common ones are tried. ";
  }
  const std::string stated = "input.json states the range " + options.range->name;
  if (!better) return stated + ", and no common one is clearly better. ";
  return stated + "; with " + better->name + (better->inverted ? " inverted" : "") +
         " the labels are predicted: take `range` out of input.json, and calibrate chooses. ";
}

// Why a model may not predict the labels, and what to do about it.
std::string Advice(const Confusion& confusion, const ProbeOptions& options,
                   const std::optional<reliability::ScalingRow>& better) {
  char text[200];
  const double renamed = confusion.RightIfRenamed();
  if (renamed >= kRenamedShare) {
    std::snprintf(text, sizeof text,
                  "With the classes in another order it would be right for %.0f %%: give the "
                  "model's, a name a line, by --labels FILE",
                  100 * renamed);
    return text;
  }
  std::string advice;
  if (const auto [most, share] = confusion.Commonest(); share >= kConstantShare) {
    std::snprintf(text, sizeof text, "It answers class %zu for %.0f %% of the pictures. ", most,
                  100 * share);
    advice = text;
  }
  advice += options.range ? StatedRange(options, better)
                          : "Was it trained on other values than 0..1, 0..255, -1..1 or "
                            "standardised ones? --input-range LOW..HIGH says which. ";
  if (options.colour) advice += "Does it take blue first? --channel-order bgr says so. ";
  return advice +
         "Or it was trained on other pictures, or these are not their labels: --labels FILE names "
         "the model's classes in its order";
}

}  // namespace

void Reorder(std::span<const std::int32_t> order, std::span<std::int32_t> labels) {
  if (order.empty()) return;
  for (std::int32_t& label : labels) label = order[static_cast<std::size_t>(label)];
}

Result<Probe> ProbeModel(ModelRunner& runner, std::span<const std::uint8_t> pictures,
                         std::span<const std::int32_t> labels, const ProbeOptions& options) {
  const auto candidates = Candidates(pictures, runner.shape().channels, options);
  Probe probe;
  RunSettings settings = {.range = predictor::ToValueRange(candidates.front())};
  const auto first = runner.Run(pictures, labels.size(), settings);
  if (!first) return first.error();
  if (options.detect_rule) {
    probe.rule = reliability::DetectLogitRule(first->logits, runner.classes());
  }
  const std::size_t few = std::min(kStochasticRows, labels.size());
  const auto again = runner.Run(pictures, few, settings);
  if (!again) return again.error();
  probe.stochastic = Differ(std::span(first->logits).first(few * runner.classes()), again->logits);
  settings.passes = {.samples = probe.stochastic ? options.samples : 1, .logits = probe.rule};

  std::vector<std::int32_t> reordered(labels.begin(), labels.end());
  Reorder(options.other_order, reordered);
  std::vector<double> criteria, other_criteria;
  std::vector<std::vector<float>> logits;
  for (const reliability::Scaling& candidate : candidates) {
    settings.range = predictor::ToValueRange(candidate);
    auto outputs = runner.Run(pictures, labels.size(), settings);
    if (!outputs) return outputs.error();
    criteria.push_back(Criterion(*outputs, runner.classes(), labels));
    if (!options.other_order.empty()) {
      other_criteria.push_back(Criterion(*outputs, runner.classes(), reordered));
    }
    logits.push_back(std::move(outputs->logits));
  }
  const auto chosen = [&](const std::vector<double>& of) {
    return options.range ? of.front() : std::ranges::min(of);
  };
  if (!other_criteria.empty() && chosen(other_criteria) < chosen(criteria) - kOrderMargin) {
    probe.other_order = true;
    criteria = other_criteria;
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    probe.table.push_back({candidates[i].name, candidates[i].inverted, criteria[i]});
  }
  if (options.range) {
    probe.better = BetterThanStated(probe.table);
    probe.table.resize(1);
    criteria.resize(1);
  }
  if (std::none_of(criteria.begin(), criteria.end(), [](double c) { return std::isfinite(c); })) {
    return Error{Code::kFailedPrecondition,
                 "the model's output is not finite (NaN or infinite) under any known scaling"};
  }
  const auto choice = fitting::ChooseScaling(criteria, runner.classes());
  if (!choice) {
    const auto best = std::ranges::min_element(criteria) - criteria.begin();
    const Confusion confusion(logits[static_cast<std::size_t>(best)], runner.classes(), labels);
    return Error{choice.error().code,
                 choice.error().message + ". " + Advice(confusion, options, probe.better)};
  }
  probe.choice = *choice;
  probe.scaling = candidates[choice->index];
  return probe;
}

}  // namespace credence::calibration
