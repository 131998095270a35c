#include "fitting/temperature.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reliability/logits.h"

namespace credence::fitting {
namespace {

constexpr double kLogLow = -5;
constexpr double kLogHigh = 8;
constexpr double kGridStep = 0.25;
constexpr double kPriorSd = 0.5;

// REQUIRES: f has one minimum in [low, high].
template <class F>
double GoldenSection(F&& f, double low, double high, double tolerance) {
  constexpr double kShrink = 1 / std::numbers::phi;
  double left = high - kShrink * (high - low);
  double right = low + kShrink * (high - low);
  double at_left = f(left);
  double at_right = f(right);
  while (high - low > tolerance) {
    if (at_left <= at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - kShrink * (high - low);
      at_left = f(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + kShrink * (high - low);
      at_right = f(right);
    }
  }
  return (low + high) / 2;
}

}  // namespace

TemperatureFit FitTemperature(std::span<const float> logits, std::size_t classes,
                              std::span<const std::int32_t> labels) {
  const auto objective = [&](double log_t) {
    const double t = std::exp(log_t);
    double sum = log_t * log_t / (2 * kPriorSd * kPriorSd);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      sum += reliability::NegativeLogLikelihood(logits.subspan(i * classes, classes), t,
                                                static_cast<std::size_t>(labels[i]));
    }
    return sum;
  };
  double best = kLogLow;
  double best_value = objective(best);
  for (double log_t = kLogLow + kGridStep; log_t <= kLogHigh; log_t += kGridStep) {
    const double value = objective(log_t);
    if (value < best_value) {
      best = log_t;
      best_value = value;
    }
  }
  const double refined = GoldenSection(objective, std::max(kLogLow, best - kGridStep),
                                       std::min(kLogHigh, best + kGridStep), 1e-9);
  return {.temperature = std::exp(refined),
          .criterion = objective(refined) / static_cast<double>(labels.size())};
}

}  // namespace credence::fitting
