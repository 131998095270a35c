#include "model/openvino/ask.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace credence::model {
namespace {

constexpr int kPictures = 8;
constexpr double kSumSlack = 1e-3;
constexpr float kBatchSlack = 1e-4f;  // of the logits' size: rounding differs by 1e-6

// Picture 0 is black, the last one the brightest.
void FillPicture(int picture, const InputSpec& spec, std::span<std::byte> out) {
  const auto level = [picture](std::size_t i) {
    return (i * 7 + static_cast<std::size_t>(picture) * 31) % 256 *
           static_cast<std::size_t>(picture) / (kPictures - 1);
  };
  if (spec.element == image::ElementType::kUint8) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(level(i));
    return;
  }
  const image::ValueRange range = spec.range.value_or(image::ValueRange{});
  auto* values = static_cast<float*>(static_cast<void*>(out.data()));
  for (std::size_t i = 0; i < out.size() / sizeof(float); ++i) {
    values[i] = range.scale[0] * static_cast<float>(level(i)) + range.offset[0];
  }
}

Result<Outputs> Run(const Model& model, Session& session, int first, int count) {
  const std::span<std::byte> input = session.Input(count);
  const std::size_t bytes = input.size() / static_cast<std::size_t>(count);
  for (int i = 0; i < count; ++i) {
    FillPicture(first + i, model.info().view->input,
                input.subspan(static_cast<std::size_t>(i) * bytes, bytes));
  }
  return session.Run(count);
}

// What one row of scores can be.
struct Possible {
  bool probabilities = true, logarithms = true, unit = true;

  void Look(std::span<const float> scores) {
    double sum = 0, sum_of_powers = 0;
    for (const float score : scores) {
      const auto value = static_cast<double>(score);
      unit = unit && value >= 0 && value <= 1;
      probabilities = probabilities && value >= 0;
      logarithms = logarithms && value <= kSumSlack;
      sum += value;
      sum_of_powers += std::exp(value);
    }
    probabilities = probabilities && std::abs(sum - 1) <= kSumSlack;
    logarithms = logarithms && std::abs(sum_of_powers - 1) <= kSumSlack;
  }
};

}  // namespace

Result<ScoreKind> AskScoreKind(const Model& model) {
  const Result<std::unique_ptr<Session>> session = model.NewSession(0);
  if (!session.ok()) return session.error();
  Possible possible;
  // A fixed batch leaves no choice; its other examples are what they are.
  for (int picture = 0; picture < kPictures; ++picture) {
    const Result<Outputs> outputs = Run(model, **session, picture, 1);
    if (!outputs.ok()) return outputs.error();
    possible.Look(outputs->scores);
  }
  if (possible.probabilities) return ScoreKind::kProbabilities;
  if (possible.logarithms) return ScoreKind::kLogProbabilities;
  return possible.unit ? ScoreKind::kSigmoids : ScoreKind::kLogits;
}

Result<bool> AskBatchMatters(const Model& model) {
  const int count = std::min(kPictures, model.batch_max());
  const Result<std::unique_ptr<Session>> session = model.NewSession(0);
  if (!session.ok()) return session.error();
  std::vector<float> alone;
  for (int picture = kPictures - count; picture < kPictures; ++picture) {
    const Result<Outputs> outputs = Run(model, **session, picture, 1);
    if (!outputs.ok()) return outputs.error();
    alone.insert(alone.end(), outputs->logits.begin(), outputs->logits.end());
  }
  const Result<Outputs> together = Run(model, **session, kPictures - count, count);
  if (!together.ok()) return together.error();
  float size = 1;
  for (const float logit : alone) size = std::max(size, std::abs(logit));
  for (std::size_t i = 0; i < alone.size(); ++i) {
    if (std::abs(alone[i] - together->logits[i]) > kBatchSlack * size) return true;
  }
  return false;
}

}  // namespace credence::model
