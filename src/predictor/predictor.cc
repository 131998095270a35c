#include "predictor/predictor.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace credence::predictor {
namespace {

using metrics::Phase;

std::chrono::nanoseconds& TimeOf(Picture& picture, Phase phase) {
  return picture.phases[static_cast<std::size_t>(phase)];
}

// probabilities[k] = softmax(logits)[k].
void Softmax(std::span<const float> logits, std::span<float> probabilities) {
  const float highest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  for (std::size_t k = 0; k < logits.size(); ++k) {
    probabilities[k] = std::exp(logits[k] - highest);
    sum += probabilities[k];
  }
  for (float& p : probabilities) p /= sum;
}

bool Finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  return metrics::kVerdictNames[static_cast<std::size_t>(verdict)];
}

void Picture::Clear() {
  file = {};
  error.reset();
  phases = {};
  adapted.adaptations.clear();
  adapted.blank = false;
  prediction.reasons.clear();
  prediction.prediction_set.clear();
  prediction.confidence.reset();
  prediction.familiarity.reset();
  prediction.verdict = Verdict::kUnassessed;
}

Predictor::Predictor(Parts parts, const Clock& clock) : parts_(std::move(parts)), clock_(clock) {}

int Predictor::batch_max() const { return std::max(1, parts_.model->batch_max() / parts_.samples); }

void Predictor::Prepare(Picture& picture, Workspace& workspace) const {
  const SteadyTime start = clock_.Now();
  SteadyTime decoded = start;
  if (!picture.file.empty()) {
    const image::DecodeOptions options{
        .limits = parts_.decode_limits,
        .reduced_side_px_min = image::DecodeSideNeeded(parts_.contract)};
    if (auto done = image::Decode(picture.file, options, workspace.decoded); !done) {
      picture.error = done.error();
      return;
    }
    decoded = clock_.Now();
    image::Adapt(workspace.decoded, parts_.contract, workspace.adapt, picture.adapted);
  } else {
    image::Adapt(picture.pixels, picture.origin, parts_.contract, workspace.adapt, picture.adapted);
  }
  TimeOf(picture, Phase::kDecode) = decoded - start;
  TimeOf(picture, Phase::kAdapt) = clock_.Now() - decoded;
}

void Predictor::Run(std::span<Picture* const> pictures, int lane) const {
  const SteadyTime start = clock_.Now();
  model::Session& session = *parts_.sessions[static_cast<std::size_t>(lane)];
  const int n = static_cast<int>(pictures.size()) * parts_.samples;
  const std::size_t bytes = image::TensorBytes(parts_.contract);
  std::byte* out = session.Input(n).data();
  for (const Picture* picture : pictures) {
    const std::byte* first = out;
    image::WriteTensor(picture->adapted.canonical, parts_.contract, out);
    out += bytes;
    for (int sample = 1; sample < parts_.samples; ++sample, out += bytes) {
      std::memcpy(out, first, bytes);
    }
  }
  const Result<model::Outputs> outputs = session.Run(n);
  const SteadyTime inferred = clock_.Now();
  int first = 0;
  for (Picture* picture : pictures) {
    if (outputs) {
      Score(*picture, *outputs, first);
    } else {
      picture->error = outputs.error();
    }
    first += parts_.samples;
  }
  const SteadyTime assessed = clock_.Now();
  for (Picture* picture : pictures) {
    TimeOf(*picture, Phase::kInfer) = inferred - start;
    TimeOf(*picture, Phase::kAssess) = assessed - inferred;
  }
}

// The picture's rows of `outputs` are first .. first + samples - 1.
void Predictor::Score(Picture& picture, const model::Outputs& outputs, int first) const {
  const model::ModelInfo& info = model_info();
  const auto classes = static_cast<std::size_t>(info.classes);
  const auto row = [&](std::span<const float> all, int i) {
    return all.subspan(static_cast<std::size_t>(first + i) * classes, classes);
  };
  Prediction& prediction = picture.prediction;
  prediction.prediction.assign(classes, 0);
  prediction.uncertainty.assign(classes, 0);
  const bool probabilities = info.logit_source != model::LogitSource::kOutput;
  const float weight = 1.0f / static_cast<float>(parts_.samples);
  std::vector<float>& p = prediction.prediction;
  std::vector<float>& squares = prediction.uncertainty;
  float one_pass[1000];
  for (int i = 0; i < parts_.samples; ++i) {
    const std::span<const float> scores = row(outputs.scores, i);
    if (!Finite(scores) || !Finite(row(outputs.logits, i))) {
      picture.error = Error{Code::kInternal, "the model's output for this picture is not finite"};
      return;
    }
    const std::span<float> pass(one_pass, classes);
    if (probabilities) {
      std::copy(scores.begin(), scores.end(), pass.begin());
    } else {
      Softmax(scores, pass);
    }
    for (std::size_t k = 0; k < classes; ++k) {
      p[k] += weight * pass[k];
      squares[k] += weight * pass[k] * pass[k];
    }
  }
  prediction.label = static_cast<int>(std::max_element(p.begin(), p.end()) - p.begin());
  const auto top = static_cast<std::size_t>(prediction.label);
  prediction.raw_score = parts_.samples == 1 ? row(outputs.scores, 0)[top] : p[top];
  for (std::size_t k = 0; k < classes; ++k) {
    prediction.uncertainty[k] =
        parts_.samples > 1 ? std::max(0.0f, squares[k] - p[k] * p[k]) : p[k] * (1 - p[k]);
  }
}

}  // namespace credence::predictor
