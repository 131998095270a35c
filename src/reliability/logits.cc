#include "reliability/logits.h"

#include <algorithm>
#include <cmath>

namespace credence::reliability {

std::string_view LogitRuleName(LogitRule rule) {
  return rule == LogitRule::kAsGiven ? "as_given" : "log_probability";
}

LogitRule DetectLogitRule(std::span<const float> outputs, std::size_t classes) {
  for (std::size_t begin = 0; begin + classes <= outputs.size(); begin += classes) {
    double sum = 0;
    for (const float value : outputs.subspan(begin, classes)) {
      if (!(value >= 0)) return LogitRule::kAsGiven;
      sum += static_cast<double>(value);
    }
    if (std::abs(sum - 1) > 1e-3) return LogitRule::kAsGiven;
  }
  return LogitRule::kLogProbability;
}

void ToLogits(LogitRule rule, std::span<float> outputs) {
  if (rule == LogitRule::kAsGiven) return;
  for (float& value : outputs) {
    // A NaN stays one: std::max(1e-12f, NaN) would hide it.
    if (!std::isnan(value)) value = std::log(std::max(value, 1e-12F));
  }
}

std::size_t Argmax(std::span<const float> values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

Softmax ScaledSoftmax(std::span<const float> logits, double temperature,
                      std::span<float> probabilities) {
  const std::size_t top = Argmax(logits);
  const float inverse = static_cast<float>(1 / temperature);
  double others = 0;
  for (std::size_t k = 0; k < logits.size(); ++k) {
    const float e = k == top ? 1 : std::exp((logits[k] - logits[top]) * inverse);
    probabilities[k] = e;
    if (k != top) others += static_cast<double>(e);
  }
  const float share = static_cast<float>(1 / (1 + others));
  for (float& p : probabilities) p *= share;
  return {.log_odds = -std::log(others),
          .energy = static_cast<double>(logits[top]) / temperature + std::log1p(others)};
}

double NegativeLogLikelihood(std::span<const float> logits, double temperature, std::size_t label) {
  const double top = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  double sum = 0;
  for (const float z : logits) sum += std::exp((static_cast<double>(z) - top) / temperature);
  return std::log(sum) - (static_cast<double>(logits[label]) - top) / temperature;
}

double Softplus(double v) { return std::max(v, 0.0) + std::log1p(std::exp(-std::abs(v))); }

double Sigmoid(double v) {
  return v >= 0 ? 1 / (1 + std::exp(-v)) : std::exp(v) / (1 + std::exp(v));
}

}  // namespace credence::reliability
