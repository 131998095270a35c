#include "calibration/probe.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fitting/choose_scaling.h"
#include "fitting/temperature.h"
#include "predictor/profile_file.h"

namespace credence::calibration {
namespace {

constexpr std::size_t kStochasticRows = 32;
constexpr float kStochasticTolerance = 1e-6f;

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
  if (options.range) return {ToScaling(*options.range)};
  auto candidates = fitting::ScalingCandidates(levels, channels);
  if (options.bytes)
    std::erase_if(candidates, [](const auto& c) { return c.name != "0..255" || c.inverted; });
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

}  // namespace

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

  std::vector<double> criteria;
  for (const reliability::Scaling& candidate : candidates) {
    settings.range = predictor::ToValueRange(candidate);
    const auto outputs = runner.Run(pictures, labels.size(), settings);
    if (!outputs) return outputs.error();
    criteria.push_back(Criterion(*outputs, runner.classes(), labels));
    probe.table.push_back({candidate.name, candidate.inverted, criteria.back()});
  }
  if (std::none_of(criteria.begin(), criteria.end(), [](double c) { return std::isfinite(c); })) {
    return Error{Code::kFailedPrecondition,
                 "the model's output is not finite (NaN or infinite) under any known scaling"};
  }
  const auto choice = fitting::ChooseScaling(criteria, runner.classes());
  if (!choice) return choice.error();
  probe.choice = *choice;
  probe.scaling = candidates[choice->index];
  return probe;
}

}  // namespace credence::calibration
