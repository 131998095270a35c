// Logits: what a model's last tensor means, and the few functions of them that everything shares.
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace credence::reliability {

// How the tensor that the model gives becomes logits.
enum class LogitRule {
  kAsGiven,         // it is the logits
  kLogProbability,  // it is probabilities: ln max(p, 1e-12)
};
std::string_view LogitRuleName(LogitRule rule);  // "as_given", "log_probability"

// kLogProbability when every row is non-negative and sums to 1 within 1e-3. Logits proper do that
// by accident only. outputs: [rows, classes].
LogitRule DetectLogitRule(std::span<const float> outputs, std::size_t classes);

// Applies `rule` to each value, in place.
void ToLogits(LogitRule rule, std::span<float> outputs);

// The largest value's place; ties: the lowest. REQUIRES: not empty.
std::size_t Argmax(std::span<const float> values);

// What a softmax says besides its probabilities.
struct Softmax {
  double log_odds = 0;  // of the largest probability, not clipped: +inf when the others vanish
  double energy = 0;    // lse_k(logits[k] / temperature)
};
// softmax(logits / temperature) into `probabilities`, float32.
// REQUIRES: finite logits, at least one; equal lengths; temperature > 0.
Softmax ScaledSoftmax(std::span<const float> logits, double temperature,
                      std::span<float> probabilities);

// -ln softmax(logits / temperature)[label], in double.
double NegativeLogLikelihood(std::span<const float> logits, double temperature, std::size_t label);

// ln(1 + e^v) and 1 / (1 + e^-v) without overflow.
double Softplus(double v);
double Sigmoid(double v);

}  // namespace credence::reliability
